-- The engine and its calls as Lua sees them: what an event loop needs, and what misuse meets.
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local waiting = require "spec.support.waiting"

local unpack = table.unpack or unpack

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
  return assert(engine:submit(to, body and "POST" or "GET", path or "/elements/keys", { body = body, timeout = 20 }))
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
    local value, status, block, duration, times, more = finish(engine, call)
    assert.equal("table", type(value))
    assert.equal(core.array_mt, getmetatable(value))
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
      assert.equal(200, (select(2, call:take())))
    end
    assert.is_nil(engine:next_done())
    assert.is_nil(next(calls))
  end)

  it("keeps one descriptor for its whole life", function()
    local descriptor = engine:pollfd()
    assert.is_true(descriptor >= 0 and descriptor % 1 == 0)
    local call = submit(engine, target())
    assert.equal(descriptor, engine:pollfd())
    finish(engine, call)
    assert.equal(descriptor, engine:pollfd())
    local other = core.engine()
    assert.are_not.equal(descriptor, other:pollfd())
    other:close()
  end)

  it("returns at once from a step that may not wait", function()
    assert.is_nil(engine:step(0))
    local call = submit(engine, target())
    while not call:done() do engine:step(0) end
    assert.equal(200, (select(2, call:take())))
  end)

  it("answers calls of coroutines that are not the ones that made them", function()
    local call = coroutine.wrap(function() return submit(engine, target()) end)()
    collectgarbage()
    local status = coroutine.wrap(function() return (select(2, finish(engine, call))) end)()
    assert.equal(200, status)
  end)

  it("refuses what cannot be sent, names what is at fault, and goes on working", function()
    local to = target()
    local function refused(what, method, path, query, headers)
      local call, at, why = engine:submit(to, method, path, nil, nil, query, headers)
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
    assert.equal(200, (select(2, finish(engine, submit(engine, to)))))
    assert.equal(1, #assert(server:journal()))
  end)

  it("can be closed twice, and says so afterwards", function()
    engine:close()
    engine:close()
    assert.equal("celements.engine (closed)", tostring(engine))
    for _, method in ipairs { "step", "wait", "pollfd", "submit" } do
      local ok, message = pcall(engine[method], engine)
      assert.is_false(ok, method)
      assert.truthy(message:find("bad argument #1", 1, true) and message:find("closed", 1, true), message)
    end
  end)

  it("has no calls when it is closed, and ends none to a target that may be closed, too", function()
    local to = target()
    engine:cancel_target(to)
    engine:close()
    assert.is_nil(engine:next_done())
    assert.is_nil(engine:in_flight())
    engine:cancel_target(to)
    to:close()
    engine:cancel_target(to)
    local open = core.engine()
    open:cancel_target(to)
    open:close()
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

describe("an engine that makes a call and waits for it in one go", function()
  local engine

  before_each(function()
    engine = core.engine()
    finish(engine, submit(engine, target())) -- a connection that stands: what follows takes one step
    assert(server:reset())
  end)
  after_each(function() engine:close() end)

  -- One whose answer comes in pieces takes more.
  local function complete(value, what, body, call, ...)
    if call and value == nil then return finish(engine, call) end
    return value, what, body, call, ...
  end

  it("gives what the call's take would", function()
    local value, status, block, duration, times = complete(engine:perform(target(), "GET", "/elements/keys"))
    assert.equal(core.array_mt, getmetatable(value))
    assert.equal(200, status)
    assert.truthy(core.header(block, "content-type"):find("application/json", 1, true))
    assert.is_true(duration > 0)
    assert.is_nil(times)
    assert.equal(0, engine:in_flight())
    assert.is_nil(engine:next_done())
  end)

  it("gives what a failure left", function()
    assert(server:fault { name = "status", status = 503, headers = { ["Retry-After"] = "7" } })
    local value, taken = complete(engine:perform(target(), "POST", "/instances", { body = { name = "x" } }))
    assert.is_nil(value)
    assert.same({ "server", 503, "asked", 7, false },
      { taken.kind, taken.status, taken.reason, taken.retry_after, taken.maybe_sent })
    assert.equal('{"name":"x"}', assert(server:journal())[1].body)
  end)

  it("hands over a call that goes on, with the body as it was sent", function()
    waiting.hold(server, 1)
    local fresh = core.engine()
    local value, nothing, body, call = fresh:perform(target(), "POST", "/instances", { body = { name = "x" } })
    assert.is_nil(value)
    assert.is_nil(nothing)
    assert.equal('{"name":"x"}', body)
    assert.equal(1, fresh:in_flight())
    call:cancel()
    assert.equal("cancelled", select(2, finish(fresh, call)).kind)
    fresh:close()
  end)

  -- In a coroutine: whoever owns a call can be suspended.
  local function perform_for(owner)
    return coroutine.wrap(function()
      return engine:perform(target(), "POST", "/instances", { body = { name = "x" } }, owner)
    end)()
  end

  it("for an owner only begins the call, and does not take from others what is done", function()
    local owner, other = {}, {}
    local first = assert(engine:submit(target(), "GET", "/elements/keys", nil, other))
    repeat until engine:wait(first)
    local value, nothing, body, call = perform_for(owner)
    assert.is_nil(value)
    assert.is_nil(nothing)
    assert.equal('{"name":"x"}', body)
    assert.is_false(call:done())
    assert.same({ first, other }, { engine:next_done() })
    assert.equal(200, (select(2, finish(engine, first))))
    repeat until engine:wait(call)
    assert.same({ call, owner }, { engine:next_done() })
    assert.equal(400, select(2, call:take()).status)
  end)

  if coroutine.isyieldable then
    it("leaves alone a call whose owner cannot be suspended", function()
      local count
      coroutine.wrap(function()
        string.gsub("a", ".", function()
          count = select("#", engine:perform(target(), "GET", "/elements/keys", nil, {}))
        end)
      end)()
      assert.equal(0, count)
      assert.equal(0, engine:in_flight())
    end)
  end

  it("leaves alone what needs more than a body and limits, and what is refused", function()
    local to = target()
    for _, arguments in ipairs {
      { "GET", "/x", { query = { a = 1 } } }, { "GET", "/x", { headers = {} } }, { "GET", "/x", { unknown = 1 } },
      { "GET", "/x", { retries = 1 } }, { "GET", "/x", { "body" } }, { "GET", "/x", setmetatable({}, {}) },
      { "GET", "x" }, { "get it", "/x" }, { 1, "/x" },
      { "POST", "/x", { body = { print } } },
    } do
      assert.equal(0, select("#", engine:perform(to, unpack(arguments, 1, 3))))
    end
    assert.equal(0, engine:in_flight())
    assert.same({}, server:journal())
  end)

  it("leaves alone options that a table has from another one, which submit reads", function()
    local inherited = { __index = { body = { name = "x" }, max_response = 10 } }
    local options = setmetatable({ timeout = 20 }, inherited)
    assert.equal(0, select("#", engine:perform(target(), "POST", "/instances", options)))
    assert.equal("response", select(2, finish(engine, engine:submit(target(), "POST", "/instances", options))).kind)
    assert.equal('{"name":"x"}', assert(server:journal())[1].body)
    inherited.__index.timeout, options.timeout = "long", nil
    assert.has_error(function() engine:submit(target(), "POST", "/instances", options) end)
  end)

  it("limits the call as its options say, and otherwise as its target does", function()
    local function kind(to, options)
      return select(2, complete(engine:perform(to, "GET", "/elements/keys", options))).kind
    end
    local brief = target { timeout = 0.2, max_response = 10 }
    assert(server:fault { name = "delay", seconds = 3600, times = 4 })
    assert.equal("timeout", kind(brief))
    assert.equal("timeout", kind(target(), { timeout = 0.2 }))
    assert.equal("timeout", kind(brief:with_token("token")))
    assert.equal("timeout", kind(target { timeout = 3600 }, { low_speed_time = 1 }))
    assert(server:clear_faults())
    assert.equal("response", kind(brief, { timeout = 20 }))
    assert.equal("response", kind(target(), { max_response = 10 }))
    assert.equal(200, (select(2, complete(engine:perform(brief, "GET", "/elements/keys",
      { timeout = 20, max_response = 1e6 })))))
  end)
end)

describe("a call", function()
  local engine

  before_each(function() engine = core.engine() end)
  after_each(function() engine:close() end)

  it("gives its response once", function()
    local call = submit(engine, target())
    assert.equal(200, (select(2, finish(engine, call))))
    local value, taken = call:take()
    assert.is_nil(value)
    assert.equal("string", type(taken.detail))
    assert.equal("closed", taken.kind)
    assert.equal(0, taken.status)
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
    local value, taken = call:take()
    assert.is_nil(value)
    assert.equal("string", type(taken.detail))
    assert.equal("cancelled", taken.kind)
    call:cancel()
  end)

  it("that is done already is not changed by a cancel", function()
    local call = submit(engine, target())
    repeat until engine:wait(call)
    call:cancel()
    assert.equal(200, (select(2, call:take())))
  end)

  it("ends with kind closed when its target's calls are ended, and no other does", function()
    assert(server:fault { name = "delay", seconds = 3600, times = 2 })
    local mine, other = target(), target()
    local first, second, third = submit(engine, mine), submit(engine, mine), submit(engine, other)
    engine:cancel_target(mine)
    assert.equal("closed", select(2, first:take()).kind)
    assert.equal("closed", select(2, second:take()).kind)
    assert.equal(1, engine:in_flight())
    third:cancel()
  end)

  it("goes on when its target is closed", function()
    local to = target()
    local call = submit(engine, to)
    to:close()
    assert.equal(200, (select(2, finish(engine, call))))
  end)

  it("of a closed engine is done, with kind closed", function()
    local call = submit(engine, target())
    engine:close()
    assert.is_true(call:done())
    call:cancel()
    assert.equal("closed", select(2, call:take()).kind)
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
