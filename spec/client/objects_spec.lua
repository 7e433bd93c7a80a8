-- What a session says of the objects that its instance has.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, session

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  session = client:with_token(assert(client.instances:create(caller.mailjet())).token)
end)
after_each(function()
  session:close()
  client:close()
end)

local function last()
  local arrived = caller.arrived(server)
  return arrived[#arrived]
end

describe("session:objects", function()
  it("gives names, or more of each", function()
    assert.same({ "messages" }, (assert(session:objects())))
    local objects = assert(session:objects { detailed = true, headers = { ["X-Own"] = "1" } })
    assert.same({ { name = "messages", vendorName = "messages", type = "vendor" } }, objects)
    assert.equal("Helium", last().headers["elements-version"])
    assert.equal("1", last().headers["x-own"])
    assert.same({ "messages" }, (assert(session:objects { detailed = false })))
  end)

  it("refuses options that it does not know", function()
    assert.equal("session:objects: unknown option 'detail' (did you mean 'detailed'?)",
      caller.blamed(function() session:objects { detail = true } end))
  end)
end)

describe("session:metadata", function()
  it("describes an object's fields", function()
    local metadata = assert(session:metadata("messages"))
    assert.same({ vendorPath = "id", type = "number" }, metadata.fields[1])
    local none, err = session:metadata("no/such one")
    assert.is_nil(none)
    assert.equal("not_found", err.kind)
    assert.equal("/objects/no%2Fsuch%20one/metadata", err.path)
  end)

  it("wants a name", function()
    assert.equal("session:metadata: name must be a string, not a nil",
      caller.blamed(function() session:metadata() end)) -- luacheck: ignore
    assert.truthy(caller.blamed(function() session:metadata("") end))
  end)
end)
