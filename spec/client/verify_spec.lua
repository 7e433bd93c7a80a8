-- A creation that is verified: the provider itself was asked, and a token is never lost.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function() client:close() end)

local function unverified()
  return caller.mailjet {
    configuration = { ["mailjet.api.key"] = sandbox.reserved.UNVERIFIED, ["mailjet.api.secret"] = "s" },
  }
end

local function only()
  local list = assert(server:instances())
  assert.equal(1, #list)
  return list[1]
end

describe("a verified creation", function()
  it("pings with the new token and gives the instance", function()
    local instance, info = assert(client.instances:create(caller.mailjet(), { verify = true }))
    assert.equal(only().token, instance.token)
    assert.is_true(info.verified)
    local ping = caller.arrived(server, "GET")[1]
    assert.equal("/ping", ping.path)
    assert.truthy(ping.headers.authorization:find("Element " .. instance.token, 1, true))
  end)

  it("is not asked for unless it is wanted", function()
    local _, info = assert(client.instances:create(caller.mailjet()))
    assert.is_nil(info.verified)
    assert(client.instances:create(caller.mailjet(), { verify = false }))
    assert.equal(0, #caller.arrived(server, "GET"))
  end)

  it("that the provider refuses gives the instance with the error", function()
    local instance, err = client.instances:create(unverified(), { verify = true })
    assert.is_nil(instance)
    assert.equal("provider", err.kind)
    assert.equal("string", type(err.provider_message))
    assert.equal(only().token, err.instance.token)
    assert.equal("/ping", err.path)
    assert.is_false(err.retryable)
    local text = tostring(err)
    assert.truthy(text:find("^instance " .. err.instance.id .. " was made, but its ping failed: "), text)
    assert.is_nil(text:find(err.instance.token, 1, true))
  end)

  it("whose ping never comes back gives the instance with the error", function()
    for fault, kind in pairs { close_before = "network", html = "response", empty = false } do
      assert(server:reset())
      assert(server:fault { name = fault, match = { path = "/ping" }, times = 9 })
      local instance, err = client.instances:create(caller.mailjet(), { verify = true })
      if kind then
        assert.is_nil(instance)
        assert.equal(kind, err.kind)
        assert.equal(only().token, err.instance.token)
      else
        assert(instance)
      end
    end
  end)

  it("of an element that cannot be pinged is no failure, and says so", function()
    for _, status in ipairs { 404, 405 } do
      assert(server:fault { name = "status", status = status, match = { path = "/ping" } })
      local instance, info = assert(client.instances:create(caller.mailjet(), { verify = true }))
      assert.equal("string", type(instance.token))
      assert.is_false(info.verified)
    end
  end)

  it("has one deadline for both calls", function()
    assert(server:fault { name = "delay", seconds = 5, match = { path = "/ping" } })
    local instance, err = client.instances:create(caller.mailjet(), { verify = true, timeout = 1.5 })
    assert.is_nil(instance)
    assert.equal("timeout", err.kind)
    assert.equal(only().token, err.instance.token)
  end)

  it("keeps to the creation's own limits, also below an element", function()
    for retries, pings in pairs { [0] = 1, [1] = 2 } do
      assert(server:reset())
      assert(server:fault { name = "status", status = 503, match = { path = "/ping" }, times = 9 })
      local given = { verify = true, element = "mailjet", retries = retries, headers = { ["X-Own"] = "1" } }
      local instance, err = client.instances:create(caller.mailjet(), given)
      assert.is_nil(instance)
      assert.equal("server", err.kind)
      assert.equal(only().token, err.instance.token)
      local arrived = caller.arrived(server, "GET")
      assert.equal(pings, #arrived)
      assert.is_nil(arrived[1].headers["x-own"])
      assert.equal("/elements/mailjet/instances", caller.arrived(server, "POST")[1].path)
    end
  end)

  it("that fails makes no second call", function()
    local _, err = client.instances:create(caller.mailjet {
      configuration = { ["mailjet.api.key"] = sandbox.reserved.REJECTED, ["mailjet.api.secret"] = "s" },
    }, { verify = true })
    assert.equal("provider", err.kind)
    assert.is_nil(err.instance)
    assert.equal(1, #caller.arrived(server))
  end)

  it("whose token cannot be sent gives the instance with the error", function()
    assert(server:fault { name = "status", status = 200, body = { id = 7, token = "a\nb" } })
    local instance, err = client.instances:create(caller.mailjet(), { verify = true })
    assert.is_nil(instance)
    assert.equal("response", err.kind)
    assert.equal("a\nb", err.instance.token)
    assert.is_nil(tostring(err):find("a\nb", 1, true))
  end)

  it("is one of many, too", function()
    for index, instance, err in client.instances:create_many({ caller.mailjet(), unverified() },
      { verify = true, concurrency = 1 }) do
      assert.equal(index == 1, instance ~= nil)
      assert.equal(index == 2, err.instance ~= nil)
    end
  end)
end)
