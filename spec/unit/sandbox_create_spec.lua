local api = require "spec.sandbox.api"
local json = require "celements.sandbox.json"
local reserved = require "celements.sandbox.reserved"

local function keys(object)
  local list = {}
  for key in pairs(object) do list[#list + 1] = key end
  table.sort(list)
  return list
end

describe("creating an instance in the sandbox", function()
  local sandbox
  before_each(function() sandbox = api.new() end)

  local function refused(status, body, path)
    local answer, response = sandbox:call("POST", path or "/instances", body)
    assert.equal(status, response.status)
    assert.equal(0, #sandbox.state.instances)
    return answer.message, answer
  end

  it("answers 200 with an id, a token and the element", function()
    local instance, response = sandbox:call("POST", "/instances", api.mailjet())
    assert.equal(200, response.status)
    assert.equal(1234, instance.id)
    assert.equal(44, #instance.token)
    assert.equal("Test", instance.name)
    assert.equal(84, instance.element.id)
    assert.equal("application/json;charset=UTF-8", response.headers["Content-Type"])
    assert.matches("^%x+$", response.headers["Elements-Request-Id"])
    assert.equal(24, #response.headers["Elements-Request-Id"])
    assert.is_string(response.headers["Elements-Trace-Id"])
  end)

  it("writes ids as integers, empty lists as [] and empty objects as {}", function()
    local _, response = sandbox:call("POST", "/instances", api.mailjet())
    assert.truthy(response.body:find('"id":1234,', 1, true))
    assert.truthy(response.body:find('"authentication":{}', 1, true))
    assert.truthy(response.body:find('"parameters":[]', 1, true))
    assert.truthy(response.body:find('"event.notification.callback.url":null', 1, true))
  end)

  it("shows the newer fields by default", function()
    assert.same({
      "cacheTimeToLive", "cachingEnabled", "configuration", "createdDate", "disabled", "element", "elementId",
      "eventsEnabled", "externalAuthentication", "id", "maxCacheSize", "name", "provisionInteractions", "tags",
      "token", "traceLoggingEnabled", "user", "valid",
    }, keys(sandbox:create()))
  end)

  it("masks secrets and returns strings in the configuration", function()
    local instance = sandbox:create { configuration = {
      ["mailjet.api.key"] = "key", ["mailjet.api.secret"] = "secret", ["filter.response.nulls"] = false,
      ["event.poller.refresh_interval"] = 15, ["unknown.key"] = "kept",
    } }
    assert.equal("********", instance.configuration["mailjet.api.key"])
    assert.equal("********", instance.configuration["mailjet.api.secret"])
    assert.equal("false", instance.configuration["filter.response.nulls"])
    assert.equal("15", instance.configuration["event.poller.refresh_interval"])
    assert.equal("kept", instance.configuration["unknown.key"])
    assert.equal("secret", sandbox.state.by_id["1234"].configuration["mailjet.api.secret"])
  end)

  it("names every missing configuration entry, in catalogue order", function()
    local message = refused(400, api.mailjet { configuration = { ["filter.response.nulls"] = true } })
    assert.equal("Missing required configuration: mailjet.api.key, mailjet.api.secret", message)
  end)

  it("takes null, the empty string and a mask for missing", function()
    for _, value in ipairs { json.null, "", "********" } do
      local message = refused(400, api.mailjet {
        configuration = { ["mailjet.api.key"] = "key", ["mailjet.api.secret"] = value },
      })
      assert.equal("Missing required configuration: mailjet.api.secret", message)
    end
  end)

  it("does not ask for an entry that has a default", function()
    local answer, response = sandbox:call("POST", "/elements/sendgrid/instances", { name = "s", configuration = {
      ["messaging.smtp.sendgrid.username"] = "u", ["messaging.smtp.sendgrid.password"] = "p",
      ["messaging.smtp.sendgrid.sender"] = "a@example.com",
    } })
    assert.equal(200, response.status)
    assert.equal("smtp", answer.configuration["messaging.smtp.sendgrid.protocol"])
  end)

  it("strips markup from the name and makes it the first tag", function()
    local instance = sandbox:create { name = ' <a href="#">@churros-xss</a> ' }
    assert.equal("@churros-xss", instance.name)
    assert.same({ "@churros-xss" }, instance.tags)
  end)

  it("keeps the tags that are sent", function()
    assert.same({ "b", "a" }, sandbox:create({ tags = { "b", "a" } }).tags)
  end)

  it("refuses a malformed body with 400", function()
    local wrong = {
      "", "{", "[]", '"text"', "null", "{} x", '{"name":"x",}', '{"name":"\n"}', '{"a":01}', "{'a':1}", "// x\n{}",
      '{"element":{"key":"mailjet"},"name":"x","configuration":[]}',
      '{"element":{"key":"mailjet"},"name":"x","configuration":{},"tags":"a"}',
      '{"element":{"key":"mailjet"},"name":"x","configuration":{},"tags":[1]}',
      '{"element":{"key":"mailjet"},"name":" <b></b> ","configuration":{}}',
      '{"element":{"key":"mailjet"},"name":7,"configuration":{}}',
      '{"element":"mailjet","name":"x"}', '{"element":{},"name":"x"}', '{"name":"x"}',
    }
    for _, body in ipairs(wrong) do refused(400, body) end
    refused(400, api.mailjet { name = json.null })
    for _, name in ipairs { "Caf\233", "\195", "\192\128", "\237\160\128", "\244\144\128\128", "\128" } do
      refused(400, api.mailjet { name = name })
    end
    assert.equal("Café ✓ 😀", sandbox:create({ name = "Café ✓ 😀" }).name)
  end)

  it("answers 404 for an unknown element, by body and by path", function()
    refused(404, api.mailjet { element = { key = "nosuch" } })
    refused(404, api.mailjet { element = { key = "84" } })
    refused(404, api.mailjet(), "/elements/nosuch/instances")
  end)

  it("takes the element from the path, by key or id, with or without one in the body", function()
    for _, path in ipairs { "/elements/mailjet/instances", "/elements/84/instances" } do
      local body = api.mailjet()
      assert.equal("mailjet", sandbox:call("POST", path, body).element.key)
      body.element = nil
      assert.equal("mailjet", sandbox:call("POST", path, body).element.key)
    end
  end)

  it("refuses a body that names another element than the path", function()
    refused(400, api.mailjet(), "/elements/box/instances")
  end)

  it("accepts an element id, unless the switch forbids it", function()
    assert.equal("mailjet", sandbox:create({ element = { id = 84 } }).element.key)
    sandbox = api.new { create_by_element_id = false }
    refused(400, api.mailjet { element = { id = 84 } })
  end)

  it("simulates a provider's refusal with a reserved credential", function()
    local _, answer = refused(401, api.mailjet {
      configuration = { ["mailjet.api.key"] = "key", ["mailjet.api.secret"] = reserved.REJECTED },
    })
    assert.is_string(answer.providerMessage)
  end)

  it("asks an OAuth 2 element for its code", function()
    local body = { element = { key = "box" }, name = "b", configuration = {
      ["oauth.callback.url"] = "https://example.com", ["oauth.api.key"] = "k", ["oauth.api.secret"] = "s",
    } }
    assert.equal("Missing required provider data: code", refused(400, body))
    body.providerData = json.object { code = sandbox.state.grants:add_code("box", "k", "https://example.com") }
    local instance, response = sandbox:call("POST", "/instances", body)
    assert.equal(200, response.status)
    assert.is_nil(instance.providerData)
    assert.equal("********", instance.configuration["oauth.api.key"])
  end)

  it("takes tokens obtained elsewhere in place of a code", function()
    local body = { element = { key = "box" }, name = "b", externalAuthentication = "initial",
      configuration = { ["oauth.api.key"] = "k", ["oauth.api.secret"] = "s" } }
    assert.equal("Missing required configuration: oauth.user.refresh_token", refused(400, body))
    body.configuration["oauth.user.refresh_token"] = "r"
    assert.equal("initial", sandbox:call("POST", "/instances", body).externalAuthentication)
  end)

  it("adds the objects when asked", function()
    local instance = sandbox:create { retrieveObjectsAfterInstantiation = true }
    assert.same({ { name = "messages", vendorName = "messages", type = "vendor" } }, instance.objects)
  end)

  it("answers 429 to a body over 8 MB and 415 to another content type", function()
    refused(429, (" "):rep(8 * 1024 * 1024 + 1))
    local _, response = sandbox:call("POST", "/instances", "{}", { ["content-type"] = "text/plain" })
    assert.equal(415, response.status)
  end)
end)

describe("the classic generation", function()
  it("reproduces the documented response field by field", function()
    local sandbox = api.new { generation = "classic", next_token = "r5Bw7cRiyiyNh913Dw03uxijgu28zA0=" }
    local _, response = sandbox:call("POST", "/instances", api.mailjet { tags = { "t" } })
    assert.equal('{"id":1234,"name":"Test","token":"r5Bw7cRiyiyNh913Dw03uxijgu28zA0=","element":{"id":84,'
      .. '"name":"MailJet Beta","key":"mailjet","description":"Add a MailJet Instance to connect your existing '
      .. 'MailJet account to the Messaging Hub, allowing you to send, receive and manage email and SMS messages '
      .. 'etc. across multiple Messaging Elements. You will need your MailJet account information, or use our '
      .. 'trial account to add an instance.","image":"elements/provider_mailjet.png","active":true,'
      .. '"deleted":false,"typeOauth":false,"trialAccount":false,"existingAccountDescription":"Give Cloud '
      .. 'Elements access to your existing\\n MailJet accountEntern  details for using Cloud Elements MailJet '
      .. 'Account","configDescription":"If you do not have a MailJet account, you can create one at MailJet",'
      .. '"signupURL":"https://www.mailjet.com/signup/?p=CElements","transformationsEnabled":false,'
      .. '"authentication":{},"hub":"messaging","parameters":[]},"provisionInteractions":[],"valid":true,'
      .. '"disabled":false,"maxCacheSize":0,"cacheTimeToLive":0,"eventsEnabled":false,"cachingEnabled":false}',
      response.body)
  end)

  it("still shows tags when an instance is read", function()
    local sandbox = api.new { generation = "classic" }
    sandbox:create { tags = { "t" } }
    assert.same({ "t" }, sandbox:call("GET", "/instances/1234").tags)
  end)

  it("gives the preset id and counts on from it", function()
    local sandbox = api.new { next_id = "70421" }
    assert.equal(70421, sandbox:create().id)
    assert.equal(70422, sandbox:create().id)
  end)

  it("writes an id of 19 digits without losing one", function()
    local sandbox = api.new { next_id = "9007199254740993123" }
    local _, response = sandbox:call("POST", "/instances", api.mailjet())
    assert.truthy(response.body:find('"id":9007199254740993123,', 1, true))
    assert.equal(200, select(2, sandbox:call("GET", "/instances/9007199254740993123")).status)
  end)
end)
