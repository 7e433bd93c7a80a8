-- The page this module was founded on, "MailJet Messaging: Create Instance", statement by statement.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local USER, ORGANIZATION = "Zk1tVXNlclNlY3JldA+/=", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
local TOKEN = "r5Bw7cRiyiyNh913Dw03uxijgu28zA0="

-- The sample request, filled in.
local function request(changes)
  local body = {
    element = { key = "mailjet" },
    configuration = { ["mailjet.api.key"] = "3b7f0c5e9a1d", ["mailjet.api.secret"] = "c9e1a4d7f02b" },
    tags = { "sandbox" },
    name = "Test",
  }
  for name, value in pairs(changes or {}) do body[name] = value end
  return body
end

local function fields(map)
  local names = {}
  for name in pairs(map) do table.insert(names, name) end
  table.sort(names)
  return names
end

local server

setup(function() server = assert(sandbox.start { user_secret = USER, organization_secret = ORGANIZATION }) end)
teardown(function() server:stop() end)

for _, scheme in ipairs { "http", "https" } do
  describe("the page's request over " .. scheme, function()
    local client

    before_each(function()
      assert(server:reset())
      assert(server:configure { generation = "classic", next_id = 1234, next_token = TOKEN })
      client = caller.client(server, { tls = scheme == "https" })
    end)
    after_each(function() client:close() end)

    it("is POST /instances with both secrets in the header, JSON, and no query", function()
      assert(client.instances:create(request()))
      local arrived = caller.arrived(server)
      assert.equal(1, #arrived)
      assert.equal("POST", arrived[1].method)
      assert.equal("/instances", arrived[1].path)
      assert.same({}, arrived[1].parameters)
      assert.equal(("User %s, Organization %s"):format(USER, ORGANIZATION), arrived[1].headers.authorization)
      assert.equal("application/json", arrived[1].headers["content-type"])
      assert.equal("application/json", arrived[1].headers.accept)
      assert.equal(scheme, arrived[1].scheme)
    end)

    it("has the body that was given, and nothing more", function()
      assert(client.instances:create(request()))
      local body = core.decode(caller.arrived(server)[1].body)
      assert.same({ "configuration", "element", "name", "tags" }, fields(body))
      assert.same({ key = "mailjet" }, body.element)
      assert.same({ ["mailjet.api.key"] = "3b7f0c5e9a1d", ["mailjet.api.secret"] = "c9e1a4d7f02b" }, body.configuration)
      assert.equal("sandbox", body.tags[1])
      assert.equal(1, #body.tags)
      assert.equal("Test", body.name)
    end)

    it("is answered with the page's response, field by field", function()
      local instance, info = assert(client.instances:create(request()))
      assert.same({
        "cacheTimeToLive", "cachingEnabled", "disabled", "element", "eventsEnabled", "id", "maxCacheSize", "name",
        "provisionInteractions", "token", "valid",
      }, fields(instance))
      assert.equal(1234, instance.id)
      assert.equal("Test", instance.name)
      assert.equal(TOKEN, instance.token)
      assert.is_true(instance.valid)
      assert.is_false(instance.disabled)
      assert.equal(0, instance.maxCacheSize)
      assert.equal(0, instance.cacheTimeToLive)
      assert.is_false(instance.eventsEnabled)
      assert.is_false(instance.cachingEnabled)
      assert.equal("[]", core.encode(instance.provisionInteractions))
      assert.equal(200, info.status)
      assert.equal(1, info.attempts)
      assert.equal(24, #info.request_id)
    end)

    it("is answered with the page's element, field by field", function()
      local element = assert(client.instances:create(request())).element
      assert.same({
        "active", "authentication", "configDescription", "deleted", "description", "existingAccountDescription", "hub",
        "id", "image", "key", "name", "parameters", "signupURL", "transformationsEnabled", "trialAccount", "typeOauth",
      }, fields(element))
      assert.equal(84, element.id)
      assert.equal("MailJet Beta", element.name)
      assert.equal("mailjet", element.key)
      assert.equal("messaging", element.hub)
      assert.equal("elements/provider_mailjet.png", element.image)
      assert.is_true(element.active)
      for _, name in ipairs { "deleted", "typeOauth", "trialAccount", "transformationsEnabled" } do
        assert.is_false(element[name])
      end
      assert.equal("https://www.mailjet.com/signup/?p=CElements", element.signupURL)
      assert.equal(1, (element.description:find("Add a MailJet Instance to connect", 1, true)))
      assert.truthy(element.existingAccountDescription:find("existing\n MailJet", 1, true))
      assert.truthy(element.configDescription:find("create one at MailJet", 1, true))
      assert.equal("{}", core.encode(element.authentication))
      assert.equal("[]", core.encode(element.parameters))
    end)

    it("gives ids that are integers, fit for a path", function()
      local instance = assert(client.instances:create(request()))
      assert.equal("/instances/1234", "/instances/" .. instance.id)
      assert.equal("/elements/84", "/elements/" .. instance.element.id)
      if math.type then
        for _, number in ipairs { instance.id, instance.element.id, instance.maxCacheSize, instance.cacheTimeToLive } do
          assert.equal("integer", math.type(number))
        end
      end
    end)

    it("gives the token that every later call for the instance needs", function()
      local instance = assert(client.instances:create(request()))
      local session = client:with_token(instance.token)
      local pong = assert(session:ping())
      assert.equal("mailjet", pong.provider)
      local arrived = caller.arrived(server, "GET")
      assert.equal("/ping", arrived[1].path)
      assert.truthy(arrived[1].headers.authorization:find("Element " .. TOKEN, 1, true))
    end)

    it("is refused before it is sent when a required entry is missing, and every such entry is named", function()
      local instance, err = client.instances:create(request { configuration = { ["mailjet.api.key"] = "3b7f" } })
      assert.is_nil(instance)
      assert.equal("configuration", err.kind)
      assert.same({ "mailjet.api.secret" }, err.missing)
      assert.equal("missing configuration for mailjet: mailjet.api.secret", tostring(err))
      instance, err = client.instances:create(request { configuration = {} })
      assert.is_nil(instance)
      assert.same({ "mailjet.api.key", "mailjet.api.secret" }, err.missing)
      assert.equal(0, #caller.arrived(server))
    end)

    it("is refused by the platform, naming the entries, when nothing is checked before", function()
      local instance, err = client.instances:create(request { configuration = {} }, { check = false })
      assert.is_nil(instance)
      assert.equal("rejected", err.kind)
      assert.equal(400, err.status)
      assert.same({ "mailjet.api.key", "mailjet.api.secret" }, err.missing)
      assert.truthy(tostring(err):find("mailjet.api.key, mailjet.api.secret", 1, true))
      assert.equal(1, #caller.arrived(server))
    end)
  end)
end

describe("the page's instance.json", function()
  local PAGE = [[
{
  "element": {
    "key": "mailjet"
  },
  "configuration": {
    "mailjet.api.key": "<INSERT_MAILJECT_API_KEY>",
    "mailjet.api.secret": "<INSERT_MAILJECT_API_SECRET>"
  },
  "tags": [
    "<INSERT_TAGS>"
  ],
  "name": "<INSERT_INSTANCE_NAME>"
}
]]
  local path

  local function write(text)
    path = path or os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
  end

  before_each(function() assert(server:reset()) end)
  teardown(function() os.remove(path) end)

  it("is refused as it stands, naming every placeholder, before anything is sent", function()
    write(PAGE)
    local client = caller.client(server)
    local places = { "configuration.mailjet.api.key", "configuration.mailjet.api.secret", "tags[1]", "name" }
    local body, err = celements.load_instance(path)
    assert.is_nil(body)
    assert.equal("configuration", err.kind)
    assert.same(places, err.placeholders)
    assert.equal(1, (tostring(err):find(path .. ":6:24: placeholder left in configuration.mailjet.api.key", 1, true)))
    local instance, refusal = client.instances:create(core.decode(PAGE))
    assert.is_nil(instance)
    table.sort(places)
    table.sort(refusal.placeholders)
    assert.same(places, refusal.placeholders)
    assert.equal(0, #caller.arrived(server))
  end)

  it("makes an instance once it is filled in", function()
    write((PAGE:gsub("<INSERT_([%u_]+)>", "my %1")))
    local client = caller.client(server)
    local instance = assert(client.instances:create(assert(celements.load_instance(path))))
    assert.equal("my INSTANCE_NAME", instance.name)
    assert.equal("my TAGS", core.decode(caller.arrived(server)[1].body).tags[1])
    assert.equal("my MAILJECT_API_KEY", assert(server:instances())[1].configuration["mailjet.api.key"])
  end)

  it("is refused, with the place, when its quotes are curly", function()
    write((PAGE:gsub("<INSERT_([%u_]+)>", "my %1"):gsub('"element"', "\226\128\156element\226\128\157")))
    local body, err = celements.load_instance(path)
    assert.is_nil(body)
    assert.equal("configuration", err.kind)
    assert.equal(path .. ":2:3: the quotes are curly: type straight quotes", tostring(err))
  end)

  it("is not the page's sample response, in which a string goes over the line's end", function()
    write('{\n  "element": {\n    "text": "Give access to your existing\n MailJet account"\n  }\n}\n')
    local body, err = celements.load_instance(path)
    assert.is_nil(body)
    assert.equal(path .. ":3:42: there is a line end inside a string: write \\n for it", tostring(err))
  end)
end)
