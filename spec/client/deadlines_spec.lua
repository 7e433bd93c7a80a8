-- How long a call may take, all attempts and the waits between them included; what Retry-After says; connections that
-- are too slow. Never how long it takes.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local trying = require "spec.support.trying"

local fault, reasons, status = trying.fault, trying.reasons, trying.status
local NOW = trying.NOW

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function() client:close() end)

describe("Retry-After", function()
  local function seconds_of(headers)
    fault(server, 1, status(503, headers))
    return select(2, client:request("GET", "/x", { retries = 0 })).retry_after
  end

  it("is told in seconds, however it is said", function()
    assert.equal(7, seconds_of { ["Retry-After"] = "7" })
    assert.equal(86400, seconds_of { ["Retry-After"] = "999999999" })
    for _, date in ipairs {
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    } do
      assert.equal(30, seconds_of { Date = "Sun, 06 Nov 1994 08:49:07 GMT", ["Retry-After"] = date })
      assert.equal(0, seconds_of { ["Retry-After"] = date })
    end
    assert.is_nil(seconds_of { ["Retry-After"] = "soon" })
    assert.is_nil(seconds_of {})
  end)

  it("beyond the call's time ends it at once", function()
    fault(server, 9, { name = "rate_limited", retry_after = 3600 })
    local body, err = client:request("GET", "/elements/keys")
    assert.is_nil(body)
    assert.equal("rate_limited", err.kind)
    assert.equal(1, err.attempts)
    assert.equal(3600, err.retry_after)
    assert.same({ "deadline" }, reasons(err))
    assert.is_nil(err.tries[1].delay)
    assert.truthy(tostring(err):find("wait for 3600 s", 1, true))
    assert.equal(1, #caller.arrived(server))
  end)

  it("is waited for, and not a moment less", function()
    local headers = { Date = "Sun, 06 Nov 1994 08:49:36 GMT", ["Retry-After"] = "Sun, 06 Nov 1994 08:49:37 GMT" }
    fault(server, 1, status(503, headers))
    local _, info = client:request("GET", "/elements/keys")
    assert.same({ "asked" }, reasons(info))
    assert.is_true(info.tries[1].delay >= 1)
  end)
end)

describe("the deadline", function()
  it("is one for all attempts", function()
    fault(server, 1, status(503, NOW))
    fault(server, 1, { name = "delay", seconds = 3600 })
    local body, err = client:request("GET", "/elements/keys", { timeout = 5 })
    assert.is_nil(body)
    assert.equal("timeout", err.kind)
    assert.equal(2, err.attempts)
    assert.equal(503, err.tries[1].status)
    assert.equal("deadline", err.tries[2].reason)
    assert.truthy(tostring(err):find("not tried again: the call's time would be over", 1, true))
  end)

  it("leaves room for another attempt after a connection that cannot be made", function()
    local hanging = assert(sandbox.start())
    os.execute(("kill -s STOP -- -%d"):format(hanging.pid))
    local slow = caller.client(server, {
      base_url = hanging.base_url_tls, ca_file = hanging.ca_file, connect_timeout = 0.1, timeout = 60, retries = 1,
    })
    local _, err = slow.instances:create(caller.mailjet())
    assert.equal("timeout", err.kind)
    assert.same({ "unsent", "retries" }, reasons(err))
    slow:close()
    os.execute(("kill -s CONT -- -%d"):format(hanging.pid))
    hanging:stop()
  end)
end)

describe("low_speed_time", function()
  it("ends a call whose answer hardly comes", function()
    fault(server, 1, { name = "drip", bytes = 1, pause = 0.2 })
    local body, err = client:request("GET", "/elements", { low_speed_limit = 1000, low_speed_time = 1, retries = 0 })
    assert.is_nil(body)
    assert.equal("timeout", err.kind)
    assert.truthy(tostring(err):find("low_speed_time", 1, true))
    assert.same({ "retries" }, reasons(err))
  end)

  it("is the client's unless the call says otherwise", function()
    local strict = caller.client(server, { low_speed_time = 1, retries = 1 })
    fault(server, 1, { name = "delay", seconds = 3600 })
    local keys, info = strict:request("GET", "/elements/keys")
    assert.is_table(keys)
    assert.equal("timeout", info.tries[1].kind)
    fault(server, 1, { name = "delay", seconds = 1.5 })
    assert.equal(1, select(2, strict:request("GET", "/elements/keys", { low_speed_time = 60 })).attempts)
    strict:close()
  end)

  it("is refused when it is no whole number", function()
    for _, name in ipairs { "low_speed_time", "low_speed_limit" } do
      for _, wrong in ipairs { 0, 0.5, -1, "1", math.huge } do
        local ok, message = pcall(client.request, client, "GET", "/x", { [name] = wrong })
        assert.is_false(ok)
        assert.truthy(message:find("option '" .. name .. "' must be a positive whole number", 1, true), message)
      end
    end
  end)
end)
