-- What a call's result says when its first attempts may have done the work.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local trying = require "spec.support.trying"

local fault, reasons, status, NOW = trying.fault, trying.reasons, trying.status, trying.NOW

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function() client:close() end)

describe("maybe_sent", function()
  it("is true if any attempt may have done the work", function()
    fault(server, 1, status(504))
    fault(server, 9, status(503, NOW))
    local _, err = client:request("PUT", "/instances/1", { body = {} })
    assert.equal(503, err.status)
    assert.is_true(err.maybe_sent)
  end)

  it("is not when every attempt was refused", function()
    fault(server, 9, status(503, NOW))
    assert.is_nil(select(2, client:request("PUT", "/instances/1", { body = {} })).maybe_sent)
  end)
end)

describe("a deletion", function()
  local id

  before_each(function() id = assert(client.instances:create(caller.mailjet())).id end)

  it("whose answer is lost has succeeded when it then finds nothing", function()
    for _, name in ipairs { "close_after", "reset" } do
      id = assert(client.instances:create(caller.mailjet())).id
      fault(server, 1, { name = name, work = name == "reset" or nil, match = { method = "DELETE" } })
      local done, info = client.instances:delete(id)
      assert.is_true(done)
      assert.equal(404, info.status)
      assert.equal(2, info.attempts)
      assert.same({ "repeatable", "hopeless" }, reasons(info))
      assert.equal(24, #info.request_id)
      assert.same({}, info.headers)
    end
  end)

  it("of an instance whose token was lost with it has succeeded", function()
    local session = client:with_token(assert(client.instances:get(id)).token)
    fault(server, 1, { name = "close_after", match = { method = "DELETE" } })
    local done, info = session.instance:delete()
    assert.is_true(done)
    assert.equal(401, info.status)
    fault(server, 1, status(503, NOW))
    assert.equal("unauthorized", select(2, session.instance:delete()).kind)
  end)

  it("that was refused before says that there is nothing", function()
    fault(server, 1, status(503, NOW))
    local done, err = client.instances:delete(id + 100)
    assert.is_nil(done)
    assert.equal("not_found", err.kind)
    assert.equal(2, err.attempts)
  end)

  it("is not repeated behind one's back", function()
    local once = caller.client(server, { retries = 0 })
    assert(once.instances:get(id)) -- a connection that is kept
    fault(server, 1, { name = "close_after", match = { method = "DELETE" } })
    local done, err = once.instances:delete(id)
    assert.is_nil(done)
    assert.equal("network", err.kind)
    assert.is_true(err.maybe_sent)
    assert.equal(1, #caller.arrived(server, "DELETE"))
    once:close()
  end)
end)

