-- The engine and its calls as Lua sees them: what an event loop needs, and what misuse meets.
local core = require "celements.core"
local sandbox = require "celements.sandbox"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

local function target(changes)
  local given = {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    proxy = "",
  }
  for name, value in pairs(changes or {}) do given[name] = value end
  return assert(core.target(given))
end

local function submit(engine, to, path, body)
  return assert(engine:submit(to, body and "POST" or "GET", path or "/elements/keys", nil, nil, body, 20, 10, 2 ^ 20))
end

local function finish(engine, call)
  repeat until engine:wait(call)
  return call:take()
end

describe("an engine", function()
  local engine

  before_each(function() engine = core.engine() end)
  after_each(function() engine:close() end)

  it("takes a call, moves it along, and hands over what came of it", function()
    local call = submit(engine, target())
    assert.equal(1, engine:in_flight())
    local value, detail, kind, status, block, duration, times, more = finish(engine, call)
    assert.equal("table", type(value))
    assert.equal(core.array_mt, getmetatable(value))
    assert.is_nil(detail)
    assert.is_nil(kind)
    assert.equal(200, status)
    assert.truthy(core.header(block, "content-type"):find("application/json", 1, true))
    assert.is_true(duration > 0)
    assert.is_nil(times)
    assert.is_nil(more)
    assert.equal(0, engine:in_flight())
  end)

  it("names every call that is done exactly once", function()
    local to, calls = target(), {}
    assert.is_nil(engine:next_done())
    for _ = 1, 20 do calls[submit(engine, to)] = true end
    assert.equal(20, engine:in_flight())
    for _ = 1, 20 do
      local call = engine:next_done()
      while not call do
        engine:step(5)
        call = engine:next_done()
      end
      assert.is_true(calls[call])
      calls[call] = nil
      assert.is_true(call:done())
      assert.equal(200, (select(4, call:take())))
    end
    assert.is_nil(engine:next_done())
    assert.is_nil(next(calls))
  end)

  it("keeps one descriptor for its whole life, and waits for reading on it", function()
    local descriptor = engine:pollfd()
    assert.is_true(descriptor >= 0 and descriptor % 1 == 0)
    assert.equal("r", engine:events())
    local call = submit(engine, target())
    assert.equal(descriptor, engine:pollfd())
    finish(engine, call)
    assert.equal(descriptor, engine:pollfd())
    local other = core.engine()
    assert.are_not.equal(descriptor, other:pollfd())
    other:close()
  end)

  it("says how long an outside loop may sleep: for ever when idle, not at all when a call is done", function()
    assert.is_nil(engine:timeout())
    local call = submit(engine, target())
    local timeout = engine:timeout()
    assert.is_true(timeout == nil or timeout >= 0)
    while not call:done() do engine:step(5) end
    assert.equal(0, engine:timeout())
    assert.equal(call, engine:next_done())
    call:take()
  end)

  it("returns at once from a step that may not wait", function()
    assert.is_nil(engine:step(0))
    local call = submit(engine, target())
    while not call:done() do engine:step(0) end
    assert.equal(200, (select(4, call:take())))
  end)

  it("answers calls of coroutines that are not the ones that made them", function()
    local call = coroutine.wrap(function() return submit(engine, target()) end)()
    collectgarbage()
    local status = coroutine.wrap(function() return (select(4, finish(engine, call))) end)()
    assert.equal(200, status)
  end)

  it("refuses what cannot be sent, names what is at fault, and goes on working", function()
    local to = target()
    local function refused(what, method, path, query, headers)
      local call, at, why = engine:submit(to, method, path, query, headers, nil, 1, 1, 100)
      assert.is_nil(call)
      assert.equal(what, at)
      assert.truthy(why:find("must", 1, true) or why:find("celements itself", 1, true) or why:find("limit", 1, true))
    end
    refused("method", "get", "/x")
    refused("method", "", "/x")
    refused("method", "GET /evil", "/x")
    refused("method", "GET\0", "/x")
    refused("path", "GET", "")
    refused("path", "GET", "x")
    refused("path", "GET", "/../x")
    refused("path", "GET", "/%2e%2E/x")
    refused("path", "GET", "/x\r\nHost: evil")
    refused("path", "GET", "/x\0y")
    refused("path", "GET", "/" .. ("x"):rep(70000))
    refused("query", "GET", "/x", { "a", ("x"):rep(70000) })
    refused("header X", "GET", "/x", nil, { X = "a\r\nY: b" })
    refused("header X Y", "GET", "/x", nil, { ["X Y"] = "a" })
    refused("header Authorization", "GET", "/x", nil, { Authorization = "User x" })
    refused("header content-length", "GET", "/x", nil, { ["content-length"] = "5" })
    assert.equal(200, (select(4, finish(engine, submit(engine, to)))))
    assert.equal(1, #assert(server:journal()))
  end)

  it("can be closed twice, and says so afterwards", function()
    engine:close()
    engine:close()
    assert.equal("celements.engine (closed)", tostring(engine))
    for _, method in ipairs { "step", "wait", "next_done", "pollfd", "events", "timeout", "in_flight", "submit" } do
      local ok, message = pcall(engine[method], engine)
      assert.is_false(ok, method)
      assert.truthy(message:find("bad argument #1", 1, true) and message:find("closed", 1, true), message)
    end
  end)

  it("says how many calls it has when it is printed, and no secret", function()
    local call = submit(engine, target())
    assert.equal("celements.engine (1 in flight)", tostring(engine))
    call:cancel()
    assert.equal("celements.engine (0 in flight)", tostring(engine))
    for _, value in ipairs { engine, call, target() } do
      assert.is_nil(tostring(value):find(server.user_secret, 1, true))
      assert.is_nil(tostring(value):find(server.organization_secret, 1, true))
    end
  end)
end)

describe("a call", function()
  local engine

  before_each(function() engine = core.engine() end)
  after_each(function() engine:close() end)

  it("gives its response once", function()
    local call = submit(engine, target())
    assert.equal(200, (select(4, finish(engine, call))))
    local value, detail, kind, status = call:take()
    assert.is_nil(value)
    assert.equal("string", type(detail))
    assert.equal("closed", kind)
    assert.equal(0, status)
    assert.is_true(call:done())
  end)

  it("cannot be taken before it is done", function()
    assert(server:fault { name = "delay", seconds = 3600 })
    local call = submit(engine, target())
    local ok, message = pcall(call.take, call)
    assert.is_false(ok)
    assert.truthy(message:find("not done yet", 1, true))
    assert.is_false(call:done())
    call:cancel()
    assert.is_true(call:done())
  end)

  it("that is cancelled is done at once, with kind cancelled", function()
    assert(server:fault { name = "delay", seconds = 3600 })
    local call = submit(engine, target())
    call:cancel()
    call:cancel()
    assert.equal(0, engine:in_flight())
    assert.is_true(engine:wait(call))
    local value, detail, kind = call:take()
    assert.is_nil(value)
    assert.equal("string", type(detail))
    assert.equal("cancelled", kind)
    call:cancel()
  end)

  it("that is done already is not changed by a cancel", function()
    local call = submit(engine, target())
    repeat until engine:wait(call)
    call:cancel()
    assert.equal(200, (select(4, call:take())))
  end)

  it("ends with kind closed when its target's calls are ended, and no other does", function()
    assert(server:fault { name = "delay", seconds = 3600, times = 2 })
    local mine, other = target(), target()
    local first, second, third = submit(engine, mine), submit(engine, mine), submit(engine, other)
    engine:cancel_target(mine)
    assert.equal("closed", (select(3, first:take())))
    assert.equal("closed", (select(3, second:take())))
    assert.equal(1, engine:in_flight())
    third:cancel()
  end)

  it("goes on when its target is closed", function()
    local to = target()
    local call = submit(engine, to)
    to:close()
    assert.equal(200, (select(4, finish(engine, call))))
  end)

  it("of a closed engine is done, with kind closed", function()
    local call = submit(engine, target())
    engine:close()
    assert.is_true(call:done())
    call:cancel()
    assert.equal("closed", (select(3, call:take())))
  end)

  it("of another engine is not waited for as if it were done", function()
    assert(server:fault { name = "delay", seconds = 3600 })
    local other = core.engine()
    local call = submit(engine, target())
    local ok, done = pcall(other.wait, other, call)
    assert.is_false(ok and done)
    call:cancel()
    other:close()
  end)
end)
