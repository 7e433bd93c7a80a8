local api = require "spec.sandbox.api"
local auth = require "celements.sandbox.auth"

local sandbox

local function status_of(...)
  return select(2, sandbox:call(...)).status
end

describe("the sandbox's Authorization header", function()
  before_each(function() sandbox = api.new() end)

  it("is read in any order, with extra blanks", function()
    local parts = { User = "u", Organization = "o", Element = "e+/=" }
    assert.same(parts, auth.parse("User u, Organization o, Element e+/="))
    assert.same(parts, auth.parse("Element e+/=,Organization  o ,   User u"))
  end)

  it("is refused when it is malformed", function()
    for _, header in ipairs { "", "User", "User u,", "Basic abc", "User u, User u", "Token t, User u", "User a b" } do
      assert.is_nil(auth.parse(header))
    end
    assert.is_nil(auth.parse(nil))
  end)

  it("answers a missing or wrong credential with 401 and the platform's text", function()
    for _, header in ipairs {
      false, "User user-secret", "User wrong, Organization organization-secret",
      "User user-secret, Organization wrong", "Organization organization-secret",
      "User user-secret, Organization organization-secret, Element wrong",
    } do
      local answer, response = sandbox:call("GET", "/elements", nil, { authorization = header })
      assert.equal(401, response.status)
      assert.equal("Invalid Organization or User secret, or invalid Element token provided.", answer.message)
      assert.equal(response.headers["Elements-Request-Id"], answer.requestId)
      assert.is_nil(answer.providerMessage)
    end
  end)

  it("is checked before an id is looked up", function()
    assert.equal(401, status_of("GET", "/instances/99", nil, { authorization = false }))
  end)

  it("is accepted in the full form everywhere", function()
    local token = sandbox:create().token
    local full = { authorization = api.PLATFORM .. ", Element " .. token }
    assert.equal(200, status_of("GET", "/ping", nil, full))
    assert.equal(200, status_of("GET", "/instances", nil, full))
  end)

  it("may be missing for the catalogue where the switch says so", function()
    sandbox = api.new { open_catalogue = true }
    assert.equal(200, status_of("GET", "/elements", nil, { authorization = false }))
    assert.equal(401, status_of("GET", "/elements", nil, { authorization = "User wrong" }))
    assert.equal(401, status_of("GET", "/elements/84/configuration", nil, { authorization = false }))
  end)
end)

describe("a path of the sandbox", function()
  before_each(function() sandbox = api.new() end)

  it("is 404 when unknown", function()
    for _, path in ipairs { "", "/", "/nosuch", "/instances/1/nosuch", "/hubs/nosuch", "/hubs/x/instances" } do
      assert.equal(404, status_of("GET", path))
    end
  end)

  it("is 405 for a method that it does not support, naming those it does", function()
    local _, response = sandbox:call("PUT", "/elements")
    assert.equal(405, response.status)
    assert.equal("GET", response.headers.Allow)
    assert.equal(405, status_of("POST", "/instances/1234"))
    assert.equal(405, status_of("POST", "/ping"))
    assert.equal("DELETE, GET, PATCH, POST, PUT", select(2, sandbox:call("HEAD", "/instances")).headers.Allow)
  end)

  it("is 406 for a caller that does not take JSON", function()
    assert.equal(406, status_of("GET", "/elements", nil, { accept = "text/html" }))
    assert.equal(200, status_of("GET", "/elements", nil, { accept = "text/html, */*;q=0.1" }))
    assert.equal(200, status_of("GET", "/elements", nil, { accept = "application/json" }))
  end)
end)

describe("the sandbox's catalogue", function()
  before_each(function() sandbox = api.new() end)

  it("lists elements by ascending id, in pages", function()
    local list, response = sandbox:call("GET", "/elements?pageSize=2")
    assert.equal(2, #list)
    assert.is_true(list[1].id < list[2].id)
    assert.is_string(response.headers["Elements-Next-Page-Token"])
    assert.is_nil(list[1].configuration)
  end)

  it("lists keys", function()
    local keys = {}
    for _, key in ipairs((sandbox:call("GET", "/elements/keys"))) do keys[key] = true end
    assert.is_true(keys.mailjet and keys.mailjetmarketing and keys.box)
  end)

  it("finds an element by key and by id", function()
    local element = sandbox:call("GET", "/elements/mailjet")
    assert.same(element, (sandbox:call("GET", "/elements/84")))
    assert.equal("messaging", element.hub)
    assert.equal(5, #element.configuration)
    assert.equal(404, status_of("GET", "/elements/nosuch"))
  end)

  it("tells the configuration an element wants", function()
    local entries = sandbox:call("GET", "/elements/mailjet/configuration")
    assert.equal("mailjet.api.key", entries[1].key)
    assert.is_true(entries[1].required)
    assert.equal("PASSWORD", entries[2].type)
    assert.equal("true", entries[3].defaultValue)
    assert.equal(404, status_of("GET", "/elements/nosuch/configuration"))
  end)

  it("is selected by a condition", function()
    local list = sandbox:call("GET", "/elements?where=hub='documents'")
    local keys = {}
    for _, element in ipairs(list) do
      assert.equal("documents", element.hub)
      keys[element.key] = true
    end
    assert.is_true(keys.box and keys.googledrive)
    assert.is_nil(keys.mailjet)
    assert.equal("[]", select(2, sandbox:call("GET", "/elements?where=private='true'")).body)
    assert.equal(400, status_of("GET", "/elements?where=hub"))
  end)

  it("exposes its headers to a caller with an origin", function()
    local _, response = sandbox:call("GET", "/elements", nil, { origin = "https://example.com" })
    assert.matches("Elements%-Next%-Page%-Token", response.headers["Access-Control-Expose-Headers"])
  end)
end)
