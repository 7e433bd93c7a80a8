-- The service and its jobs as Lua sees them. What waits for them is nginx: here they are cancelled, dropped, outlived.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local interrupt = require "spec.support.interrupt"
local waiting = require "spec.support.waiting"

local server, service, target

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  service = assert(core.service())
  target = assert(core.target {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    proxy = "",
  })
end)
after_each(function() service:close() end)

local function submit(path, body, owner)
  return service:submit(target, body and "POST" or "GET", path or "/elements/keys", { body = body, timeout = 20 },
    owner)
end

-- A job that stays in flight: an answer may come before any line of the spec that follows.
local function submit_held(body, owner)
  waiting.hold(server, 1)
  return submit(nil, body, owner)
end

local function idle()
  waiting.till(function()
    celements.sleep(0.001)
    return service:in_flight() == 0
  end, "an idle service")
end

describe("a service", function()
  it("has a socket of its own, and says what it does", function()
    local other = core.service()
    assert.truthy(service:path():find("^/"))
    assert.not_equal(service:path(), other:path())
    assert.equal("celements.service (0 in flight)", tostring(service))
    other:close()
    assert.equal("celements.service (closed)", tostring(other))
    other:close()
    assert.has_error(function() other:path() end)
    assert.is_nil(other:next_done())
    assert.is_nil(other:in_flight())
    local to = core.target { base_url = server.base_url, user_secret = "u", organization_secret = "o" }
    other:cancel_target(to)
    to:close()
    other:cancel_target(to)
  end)

  it("ends a job that is cancelled, and hands over what came of it", function()
    local job = assert(submit_held { a = 1 })
    assert.equal(1, service:in_flight())
    waiting.arrive(server, 1)
    job:cancel()
    idle()
    local value, taken = job:take()
    assert.is_nil(value)
    assert.is_true(taken.duration > 0)
    taken.duration = nil
    assert.same({
      kind = "cancelled", status = 0, detail = "the call was cancelled", block = "", maybe_sent = true,
      reason = "hopeless",
    }, taken)
    assert.equal("closed", select(2, job:take()).kind)
  end)

  it("names what is done once each, with its owner", function()
    local jobs, count = {}, 0
    for index = 1, 100 do
      local owner = { index }
      local job = assert(submit(nil, nil, owner))
      jobs[job] = owner
      if index % 2 == 0 then job:cancel() end
    end
    idle()
    collectgarbage()
    local job, owner = service:next_done()
    while job do
      assert.equal(jobs[job], owner)
      jobs[job], count = nil, count + 1
      local value, taken = job:take()
      assert.is_true(value ~= nil or taken.kind == "cancelled" and owner[1] % 2 == 0)
      job, owner = service:next_done()
    end
    assert.equal(100, count)
  end)

  it("uses again what was taken, named or not", function()
    waiting.hold(server, 100)
    for _ = 1, 100 do
      local job = assert(submit())
      job:cancel()
      idle()
      assert.equal("cancelled", select(2, job:take()).kind)
    end
    assert.is_nil(service:next_done())
  end)

  it("lets go of a job that was named and that nobody takes, with its answer", function()
    local jobs = setmetatable({}, { __mode = "k" })
    for _ = 1, 20 do jobs[assert(submit())] = true end
    idle()
    while service:next_done() do end -- luacheck: ignore 542
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(jobs))
    assert.is_table((function()
      local job = assert(submit())
      idle()
      assert.equal(job, service:next_done())
      return (job:take())
    end)())
  end)

  it("gives an answer whose taking was interrupted to the next who takes it", function()
    local at = 0
    repeat
      assert(server:fault { name = "status", status = 200, body = '{"\\u0061":1}', match = { path = "keys$" } })
      local job = assert(submit())
      idle()
      at = at + 1
      local struck, ok, value = interrupt(at, job.take, job)
      if not ok then
        assert.equal("a signal", value)
        value = job:take()
      end
      assert.same({ a = 1 }, value)
      while service:next_done() do end -- luacheck: ignore 542
    until not struck
    assert.is_true(at > 2)
  end)

  it("lets go of a job whose taking was interrupted and that nobody takes again", function()
    local jobs = setmetatable({}, { __mode = "k" })
    for at = 2, 20 do
      local job = assert(submit())
      jobs[job] = true
      idle()
      while service:next_done() do end -- luacheck: ignore 542
      local _, ok = interrupt(at, job.take, job)
      if ok then
        jobs[job] = nil -- it is kept for the next one
        break
      end
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(jobs))
  end)

  it("lets go of a job that is not done when it is taken", function()
    assert.equal("closed", select(2, submit_held():take()).kind)
    idle()
  end)

  it("holds jobs in flight, and what they were made with only so long", function()
    local owners = setmetatable({}, { __mode = "k" })
    for _ = 1, 50 do
      local owner = {}
      owners[owner] = true
      submit(nil, nil, owner)
    end
    idle()
    collectgarbage()
    local count = 0
    local job, owner = service:next_done()
    while job do
      assert.is_true(owners[owner])
      count = count + 1
      job:take()
      job, owner = service:next_done()
    end
    assert.equal(50, count)
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(owners))
  end)

  it("ends the calls to a target that is closed", function()
    local job = assert(submit_held())
    service:cancel_target(target)
    idle()
    assert.equal("closed", select(2, job:take()).kind)
  end)

  it("says what is wrong with a request, as an engine does", function()
    local none, what, why = submit "no slash"
    assert.is_nil(none)
    assert.equal("path", what)
    assert.truthy(why:find("must start with /", 1, true))
    local path
    none, what, why, path = submit("/x", { f = print })
    assert.is_nil(none)
    assert.same({ "body", ".f" }, { what, path })
    assert.truthy(why:find("function", 1, true))
    idle()
  end)

  it("may be closed with jobs in flight, and be outlived by them", function()
    local jobs = {}
    waiting.hold(server, 10)
    for index = 1, 10 do jobs[index] = assert(submit()) end
    service:close()
    for _, job in ipairs(jobs) do
      job:cancel()
      assert.equal("closed", select(2, job:take()).kind)
    end
    assert.has_error(function() submit() end)
  end)

  it("may be forgotten with jobs in flight", function()
    waiting.hold(server, 15)
    for _ = 1, 5 do
      service = core.service()
      for _ = 1, 3 do submit() end
      collectgarbage()
    end
    service:close()
    collectgarbage()
    collectgarbage()
  end)
end)
