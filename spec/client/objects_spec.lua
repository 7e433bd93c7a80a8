-- What a session says of the objects that its instance has, and what those of MailJet Messaging do.
local celements = require "celements"
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

local function last() return caller.last(server) end

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
    assert.equal("session:metadata: name must be a string, not nil",
      caller.blamed(function() session:metadata() end)) -- luacheck: ignore
    assert.truthy(caller.blamed(function() session:metadata("") end))
    assert.equal("session:metadata: unknown option 'expand'",
      caller.blamed(function() session:metadata("messages", { expand = true }) end))
  end)

  it("is not taken from an answer that is none", function()
    assert(server:fault { name = "status", status = 200, body = "[]" })
    assert.equal("response", select(2, session:metadata("messages")).kind)
  end)
end)

describe("session:docs", function()
  it("describes the calls of an object", function()
    local docs, info = assert(session:docs("messages"))
    assert.equal("2.0", docs.swagger)
    assert.equal("createMessages", docs.paths["/messages"].post.operationId)
    assert.is_table(docs.paths["/messages/{id}"])
    assert.is_nil(docs.paths["/ping"])
    assert.equal(200, info.status)
    for _, name in ipairs { "nosuch", "messagesList" } do
      assert.equal("not_found", select(2, session:docs(name)).kind)
    end
    assert.equal("session:docs: name must be a whole number or a non-empty string, not an empty one",
      caller.blamed(function() session:docs("") end))
  end)
end)

describe("MailJet Messaging", function()
  local MESSAGES = "/hubs/messaging/messages"
  local MESSAGE = { from = "sender@example.com", to = "reader@example.com", subject = "Hello", message = "First" }

  it("tells how it was used", function()
    assert(session:post(MESSAGES, MESSAGE))
    assert.same({ days = 99, messages = 1 }, (assert(session:get("/hubs/messaging/usage", { query = { days = 99 } }))))
  end)

  it("has no message at once, where the provider takes its time", function()
    assert(server:configure { message_delay = 60 })
    local sent = assert(session:post(MESSAGES, MESSAGE))
    assert.equal("not_found", select(2, session:get(MESSAGES .. "/" .. sent.id)).kind)
    assert.same({}, (assert(session:get(MESSAGES))))
    assert(server:configure { message_delay = 0 })
    assert.equal("First", assert(session:get(MESSAGES .. "/" .. sent.id)).message)
  end)

  it("cannot change or delete a message", function()
    local path = MESSAGES .. "/" .. assert(session:post(MESSAGES, MESSAGE)).id
    for _, name in ipairs { "put", "patch", "delete" } do
      local _, err = session[name](session, path, name ~= "delete" and {} or nil)
      assert.equal(405, err.status)
    end
  end)

  it("gives nulls where they are asked for", function()
    assert.is_nil(assert(session:post(MESSAGES, MESSAGE)).cc)
    assert(session.instance:configure { ["filter.response.nulls"] = false })
    assert.equal(celements.null, assert(session:post(MESSAGES, MESSAGE)).cc)
  end)
end)
