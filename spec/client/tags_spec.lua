-- An instance's tags are names, whatever shape the platform uses.
local celements = require "celements"
local core = require "celements.core"
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

local function last(method)
  local arrived = caller.arrived(server, method)
  return core.decode(arrived[#arrived].body), arrived[#arrived].body
end

local function answered(tags)
  assert(server:fault { name = "status", status = 200, body = ('{"id":7,"token":"t","tags":%s}'):format(tags) })
  local instance = assert(client.instances:get(7))
  return instance
end

describe("tags", function()
  it("that came as strings are left alone", function()
    local instance = assert(client.instances:create(caller.mailjet { tags = { "a", "b" } }))
    assert.same({ "a", "b" }, instance.tags)
    assert.is_nil(instance.tags_as_sent)
  end)

  it("that came as objects are names, from every call", function()
    assert(server:configure { tags = "objects" })
    local made = assert(client.instances:create(caller.mailjet { tags = { "a", "b" } }))
    local function check(instance)
      assert.same({ "a", "b" }, instance.tags)
      assert.same({ { id = 1, name = "a" }, { id = 2, name = "b" } }, instance.tags_as_sent)
    end
    check(made)
    check(assert(client.instances:get(made.id)))
    check(assert(client.instances:list())[1])
    for instance in client.instances:each() do check(instance) end
    for _, instance in ipairs(assert(client.instances:pages():next())) do check(instance) end
    check(assert(client.instances:update(made.id, { name = "x" })))
    check(assert(client.instances:replace(made.id, { name = "y" })))
    check(assert(client:with_token(made.token).instance:update { name = "z" }))
    for _, instance in client.instances:create_many { caller.mailjet { tags = { "a", "b" } } } do check(instance) end
  end)

  it("are names in what an error brings, too", function()
    assert(server:configure { tags = "objects" })
    local refused = { ["mailjet.api.key"] = sandbox.reserved.UNVERIFIED, ["mailjet.api.secret"] = "s" }
    local _, err = client.instances:create(caller.mailjet { configuration = refused }, { verify = true })
    assert.same({ "newsletter" }, err.instance.tags)
    assert(server:fault { name = "status", status = 200, body = '{"id":7,"tags":[{"id":1,"name":"a"}]}' })
    _, err = client.instances:create(caller.mailjet())
    assert.equal("response", err.kind)
    assert.same({ "a" }, err.instance.tags)
  end)

  it("are sent back as names, and nothing else of them", function()
    assert(server:configure { tags = "objects" })
    local made = assert(client.instances:create(caller.mailjet { tags = { "a" } }))
    table.insert(made.tags, "b")
    assert(client.instances:update(made.id, made))
    local body, text = last("PATCH")
    assert.same({ "a", "b" }, body.tags)
    assert.is_nil(text:find("tags_as_sent", 1, true))
    assert(client.instances:replace(made.id, made))
    body, text = last("PUT")
    assert.same({ "a", "b" }, body.tags)
    assert.is_nil(text:find("tags_as_sent", 1, true))
    assert.same({ { id = 1, name = "a" } }, made.tags_as_sent)
  end)

  it("that did not come stay unknown", function()
    assert(server:configure { tags = "absent" })
    local made = assert(client.instances:create(caller.mailjet()))
    assert.is_nil(made.tags)
    assert.is_nil(made.tags_as_sent)
    assert(client.instances:update(made.id, made))
    assert.is_nil(last("PATCH").tags)
    assert.same({ "newsletter" }, assert(client.instances:get(made.id)).tags)
  end)

  it("of any other shape become names as far as they have any", function()
    assert.same({ "a", "b", "5" }, answered('["a",{"name":"b"},5,{"id":1},null,[]]').tags)
    assert.same({ "a" }, answered('"a"').tags)
    assert.same({ "a" }, answered('{"id":1,"name":"a"}').tags)
    local instance = answered("{}")
    assert.equal("[]", core.encode(instance.tags))
    instance = answered("[]")
    assert.equal("[]", core.encode(instance.tags))
    assert.is_nil(instance.tags_as_sent)
    instance = answered("null")
    assert.is_nil(instance.tags)
    assert.equal(celements.null, instance.tags_as_sent)
  end)

  it("are no reason to take something for an instance that is none", function()
    for _, body in ipairs { '["x"]', '[{"id":1},[]]', "[null]" } do
      assert(server:fault { name = "status", status = 200, body = body })
      local list, err = client.instances:list()
      assert.is_nil(list)
      assert.equal("response", err.kind)
      assert(server:fault { name = "status", status = 200, body = body })
      local ok, raised = pcall(function() for _ in client.instances:each() do end end) -- luacheck: ignore 542
      assert.is_false(ok)
      assert.equal("response", raised.kind)
    end
  end)
end)

describe("what is masked", function()
  it("is not written back from a list of entries, or from the element", function()
    local made = assert(client.instances:create(caller.mailjet()))
    local masked, open = { id = 1, key = "a", propertyValue = "********" }, { id = 2, key = "b", propertyValue = "x" }
    local element = { key = "mailjet", configuration = { masked, open } }
    assert(client.instances:update(made.id, { element = element }))
    assert.same({ key = "mailjet", configuration = { open } }, last("PATCH").element)
    element.configuration = { masked }
    assert(client.instances:replace(made.id, { element = element }))
    assert.same({ key = "mailjet" }, last("PUT").element)
    element.configuration = { a = "********", b = "x" }
    assert(client.instances:replace(made.id, { element = element }))
    assert.same({ b = "x" }, last("PUT").element.configuration)
    assert(server:fault { name = "status", status = 200, body = { id = 7 } })
    assert(client.instances:update(made.id, { configuration = { masked, open } }))
    assert.same({ open }, last("PATCH").configuration)
  end)
end)

describe("a callback URL of \"false\"", function()
  it("stays what it is", function()
    local made = assert(client.instances:create(caller.mailjet()))
    local changed = assert(client.instances:update(made.id, {
      configuration = { ["event.notification.callback.url"] = "false" },
    }))
    assert.equal("false", changed.eventsNotificationCallbackUrl)
    assert(client.instances:replace(made.id, changed))
    assert.equal("false", last("PUT").eventsNotificationCallbackUrl)
  end)
end)
