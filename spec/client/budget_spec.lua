-- The retry budget: an outage is not multiplied by the calls that meet it.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local BUDGET = 32
local CALLS = 40

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  assert(server:fault { name = "status", status = 503, times = 1e6, match = { path = "^/down" } })
end)
after_each(function() client:close() end)

local function call_many(count, call)
  local items = {}
  for index = 1, count do items[index] = index end
  local _, failures = celements.map(items, call, { concurrency = count })
  return failures
end

local function down(of, given)
  return of:request("GET", "/down", given)
end

local function exhaust(of)
  return call_many(CALLS, function() return down(of) end)
end

describe("a client's retry budget", function()
  it("bounds what an outage is sent, and the errors say so", function()
    local failures = exhaust(client)
    local attempts, stopped = 0, 0
    for index = 1, CALLS do
      local err = failures[index]
      attempts = attempts + err.attempts
      assert.equal(err.attempts, #err.tries)
      local reason = err.tries[#err.tries].reason
      if reason == "budget" then
        stopped = stopped + 1
        assert.truthy(tostring(err):find("retry budget is used up", 1, true))
        assert.is_true(err.retryable)
      else
        assert.equal("retries", reason)
      end
    end
    assert.equal(CALLS + BUDGET, attempts)
    assert.equal(CALLS + BUDGET, #caller.arrived(server))
    assert.is_true(stopped > 0)
    assert.equal(1, select(2, down(client)).attempts)
  end)

  it("is shared with its sessions, and with no other client", function()
    local session, other = client:with_token("token"), caller.client(server)
    exhaust(client)
    assert.equal("budget", select(2, session:get("/down")).tries[1].reason)
    assert.equal(3, select(2, down(other)).attempts)
    session:close()
    other:close()
  end)

  it("is not asked where there is nothing to try again", function()
    exhaust(client)
    assert.equal("retries", select(2, down(client, { retries = 0 })).tries[1].reason)
    assert.equal("not_found", select(2, client.instances:get(1)).kind)
  end)

  it("comes back by one retry for ten calls that succeed", function()
    exhaust(client)
    for _ = 1, 9 do assert(client:request("GET", "/elements/keys")) end
    assert.equal(1, select(2, down(client)).attempts)
    assert(client:request("GET", "/elements/keys"))
    local _, err = down(client)
    assert.equal(2, err.attempts)
    assert.equal("budget", err.tries[2].reason)
  end)

  it("is given back a retry that succeeded", function()
    local keys = assert(client.elements:keys())
    for _ = 1, 2 do
      for index = 1, BUDGET do -- each call fails once
        assert(server:fault { name = "status", status = 502, match = { path = "^/elements/" .. keys[index] .. "$" } })
      end
      assert.is_nil(next(call_many(BUDGET, function(index) return client.elements:get(keys[index]) end)))
    end
  end)
end)
