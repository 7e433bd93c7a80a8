-- How long things live: what is dropped is freed, what is in flight is kept, and a state can close at any time.
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local child = require "spec.support.child"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

local function target()
  return assert(core.target {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    proxy = "",
  })
end

local function submit(engine, to, body)
  return assert(engine:submit(to, body and "POST" or "GET", "/elements/keys", { body = body, timeout = 20 }))
end

local function collect()
  for _ = 1, 4 do collectgarbage() end
end

local function kilobytes()
  collect()
  return collectgarbage "count"
end

-- Runs code in a state of its own, under a garbage collector that never rests, with a running sandbox.
local PRELUDE = [[
  require("spec.support.collector").never_rest()
  local mode, base_url, user_secret, organization_secret = ...
  if mode == "generational" then collectgarbage "generational" end
  local core = require "celements.core"
  local engine = core.engine()
  local target = core.target {
    base_url = base_url, user_secret = user_secret, organization_secret = organization_secret, proxy = "",
  }
  local function submit(body)
    return assert(engine:submit(target, body and "POST" or "GET", "/elements/keys", { body = body, timeout = 20 }))
  end
  local function finish(call)
    repeat until engine:wait(call)
    return call:take()
  end
]]

local MODES = { "incremental" }
if coroutine.close then table.insert(MODES, "generational") end

local function survives(code)
  for _, mode in ipairs(MODES) do
    local output, status = child.run(PRELUDE .. code .. "\nio.write 'done'",
      { mode, server.base_url, server.user_secret, server.organization_secret })
    assert.equal("done", output)
    assert.equal(0, status)
  end
end

describe("a call in flight", function()
  it("lives on when nobody holds it, and is named when it is done", function()
    local engine, to = core.engine(), target()
    for _ = 1, 5 do submit(engine, to) end
    collect()
    assert.equal(5, engine:in_flight())
    for _ = 1, 5 do
      local call = engine:next_done()
      while not call do
        engine:step(5)
        call = engine:next_done()
      end
      assert.equal(200, (select(2, call:take())))
    end
    engine:close()
  end)

  it("keeps its body until it is done, and lets it go then", function()
    local engine, to = core.engine(), target()
    local before = kilobytes()
    local call = submit(engine, to, ('{"x":"%s"}'):format(("x"):rep(4 * 1024 * 1024)))
    collect()
    repeat until engine:wait(call)
    assert.equal(405, select(2, call:take()).status)
    assert.is_true(kilobytes() - before < 1024)
    local sent = assert(server:journal())[1].body
    assert.equal(4 * 1024 * 1024 + 8, #sent)
    engine:close()
  end)

  it("keeps its engine", function()
    local to = target()
    local call = submit(core.engine(), to)
    collect()
    assert.is_false(call:done())
    call:cancel()
    assert.equal("cancelled", select(2, call:take()).kind)
  end)
end)

describe("a call that is done and named", function()
  it("is freed, with its response, when nobody holds it", function()
    local engine, to = core.engine(), target()
    local held = setmetatable({}, { __mode = "k" })
    for _ = 1, 10 do held[submit(engine, to)] = true end
    while engine:in_flight() > 0 do engine:step(5) end
    repeat until not engine:next_done()
    collect()
    assert.is_nil(next(held))
    assert.equal(200, (function()
      local call = submit(engine, to)
      repeat until engine:wait(call)
      return (select(2, call:take()))
    end)())
    engine:close()
  end)
end)

describe("an engine", function()
  it("that nobody holds is freed with all its calls", function()
    assert(server:fault { name = "delay", seconds = 3600, times = 5 })
    local held = setmetatable({}, { __mode = "k" })
    do
      local engine, to = core.engine(), target()
      held[engine] = true
      for _ = 1, 5 do held[submit(engine, to, "{}")] = true end
      engine:step(0)
    end
    collect()
    assert.is_nil(next(held))
  end)

  it("does not grow with the calls it has made", function()
    local engine, to = core.engine(), target()
    local function some(count)
      for _ = 1, count do
        local call = submit(engine, to, '{"a":"' .. ("b"):rep(1000) .. '"}')
        repeat until engine:wait(call)
        call:take()
      end
    end
    some(20)
    local before = kilobytes()
    some(200)
    assert.is_true(kilobytes() - before < 20)
    engine:close()
  end)
end)

describe("a collector that never rests", function()
  it("changes nothing in what comes back", function()
    survives [==[
      for _ = 1, 20 do
        local value, status = finish(submit())
        assert(#value > 3 and status == 200)
        assert(select(2, finish(submit('{"a":' .. ("1"):rep(30) .. "}"))).status == 405)
      end
    ]==]
  end)

  it("changes nothing in what is encoded and decoded", function()
    survives [==[
      for _ = 1, 50 do
        local text = '{"a":[],"b":[{"c\\u0000":12345678901234567890}],"d":[1.5,[]],"e":null}'
        local value = core.decode(text)
        assert(value.b[1]["c\0"] == "12345678901234567890")
        assert(getmetatable(value.a) == core.array_mt and getmetatable(value.d[2]) == core.array_mt)
        local again = core.decode(core.encode { x = value, y = { 1 / 3, "\0n1" }, z = 123456789012345 })
        assert(again.x.b[1]["c\0"] == "12345678901234567890" and again.y[1] == 1 / 3 and again.y[2] == "\0n1")
        assert(select(2, core.encode { a = { { b = print } } }) == ".a[1].b")
      end
    ]==]
  end)

  it("frees calls that are dropped in every state", function()
    survives [==[
      for round = 1, 60 do
        local call = submit(round % 2 == 0 and "{}" or nil)
        if round % 3 == 0 then call:cancel() end
        if round % 5 == 0 then finish(call) end
        call = nil
        engine:step(0)
        if round % 7 == 0 then engine:next_done() end
      end
      while engine:in_flight() > 0 do engine:step(5) end
      while engine:next_done() do collectgarbage() end
      assert(select(2, finish(submit())) == 200)
    ]==]
  end)

  it("bears responses that raise on the way", function()
    survives [==[
      for _ = 1, 20 do
        assert(not pcall(core.decode))
        assert(not pcall(engine.submit, engine, target, "GET", "/x", { {}, {} }, nil, nil, 1, 1, 1))
        assert(not pcall(engine.submit, engine, target, "GET", "/x", nil, { [1] = "x" }, nil, 1, 1, 1))
        assert(not pcall(engine.submit, engine, target, "GET", "/x", nil, { X = {} }, nil, 1, 1, 1))
      end
      assert(select(2, finish(submit())) == 200)
    ]==]
  end)
end)

describe("a Lua state", function()
  it("closes with calls in flight, done and taken, in whatever order things go", function()
    survives [==[
      calls = {}
      for index = 1, 10 do calls[index] = submit(index % 2 == 0 and "{}" or nil) end
      engine:step(0)
      finish(calls[1])
      calls[2]:cancel()
      kept_engine, kept_target = engine, target
    ]==]
  end)

  it("closes by os.exit, too, and after the engine was closed", function()
    survives [==[
      calls = { submit(), submit() }
      engine:close()
      calls[3] = target
      if _VERSION ~= "Lua 5.1" then
        io.write "done"
        os.exit(0, true)
      end
    ]==]
  end)

  it("bears a finaliser that closes the engine while a call is refused", function()
    local output, status = child.run([[
      local core = require "celements.core"
      local target = core.target { base_url = "http://127.0.0.1:9" }
      local struck = false
      require("spec.support.collector").never_rest()
      for _ = 1, 300 do
        local engine, inside = core.engine(), false
        local headers = { ["bad name " .. ("y"):rep(200000)] = "v" }
        if newproxy then
          getmetatable(newproxy(true)).__gc = function() if inside then struck = true engine:close() end end
        else
          setmetatable({}, { __gc = function() if inside then struck = true engine:close() end end })
        end
        inside = true
        pcall(engine.submit, engine, target, "GET", "/x", nil, nil, nil, headers)
        inside = false
        engine:close()
      end
      local is_plain_51 = _VERSION == "Lua 5.1" and not jit -- where no finaliser comes in between
      io.write(tostring(struck or is_plain_51))
    ]])
    assert.equal("true", output)
    assert.equal(0, status)
  end)

  it("closes when only a finaliser still calls the engine", function()
    survives [==[
      local call = submit()
      local function last()
        pcall(call.cancel, call)
        pcall(call.take, call)
        pcall(engine.step, engine, 0)
        pcall(submit)
        pcall(engine.close, engine)
      end
      if newproxy then
        proxy = newproxy(true)
        getmetatable(proxy).__gc = last
      else
        proxy = setmetatable({}, { __gc = last })
      end
    ]==]
  end)

  it("that fails while calls are in flight ends like any other", function()
    local output, status = child.run(PRELUDE .. "submit() submit('{}') engine:step(0) error('on purpose', 0)",
      { "incremental", server.base_url, server.user_secret, server.organization_secret })
    assert.truthy(output:find("on purpose", 1, true))
    assert.equal(1, status)
  end)

  if coroutine.close then
    it("closes an engine and a target at the end of their blocks", function()
      survives [==[
        local code = 'local core, options = ... local kept do local e <close> = core.engine() '
          .. 'local t <close> = core.target(options) kept = { e, t } end return kept'
        local kept = load(code)(core, { base_url = base_url, user_secret = "u", organization_secret = "o" })
        assert(tostring(kept[1]) == "celements.engine (closed)")
        assert(tostring(kept[2]) == "celements.target (closed)")
      ]==]
    end)
  end
end)
