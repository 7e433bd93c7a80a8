-- The service and its jobs as Lua sees them. What waits for them is nginx: here they are cancelled, dropped, outlived.
local core = require "celements.core"
local sandbox = require "celements.sandbox"
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

local function submit(path, body)
  return service:submit(target, body and "POST" or "GET", path or "/elements/keys", nil, nil, body, 20, 10, 2 ^ 20)
end

local function idle()
  waiting.till(function() return service:in_flight() == 0 end, "an idle service")
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
  end)

  it("ends a job that is cancelled, and hands over what came of it", function()
    local job = assert(submit("/elements/keys", { a = 1 }))
    assert.equal(8, #job:ticket())
    assert.equal(1, service:in_flight())
    job:cancel()
    idle()
    local value, _, kind, status, block, duration, maybe_sent, retryable = job:take()
    assert.is_nil(value)
    assert.equal("cancelled", kind)
    assert.same({ 0, "", 0, false, false }, { status, block, duration, maybe_sent, retryable })
    assert.equal("closed", select(3, job:take()))
  end)

  it("gives tickets once each", function()
    local seen = {}
    for _ = 1, 100 do
      local job = assert(submit())
      assert.is_nil(seen[job:ticket()])
      seen[job:ticket()] = true
      job:cancel()
      idle()
      assert.equal("cancelled", select(3, job:take()))
    end
  end)

  it("lets go of a job that is not done when it is taken", function()
    assert.equal(0, select("#", submit():take()))
    idle()
  end)

  it("lets go of jobs that nobody holds any more", function()
    for _ = 1, 50 do submit() end
    collectgarbage()
    collectgarbage()
    idle()
  end)

  it("ends the calls to a target that is closed", function()
    local job = assert(submit())
    service:cancel_target(target)
    idle()
    assert.equal("closed", select(3, job:take()))
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
    for index = 1, 10 do jobs[index] = assert(submit()) end
    service:close()
    for _, job in ipairs(jobs) do
      job:cancel()
      assert.equal("\0\0\0\0\0\0\0\0", job:ticket())
      assert.equal("closed", select(3, job:take()))
    end
    assert.has_error(function() submit() end)
  end)

  it("may be forgotten with jobs in flight", function()
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
