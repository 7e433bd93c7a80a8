-- What hangs below an instance in the sandbox: definitions, transformations, descriptions; and the account's lists.
local api = require "spec.sandbox.api"

local sandbox, token

local function status_of(...)
  return select(2, sandbox:call(...)).status
end

local function headers()
  return { authorization = api.PLATFORM .. ", Element " .. token }
end

before_each(function()
  sandbox = api.new()
  token = sandbox:create().token
end)

describe("definitions in the sandbox", function()
  local DEFINITION = { fields = { { path = "id", type = "string" } } }

  it("are made once, read, and deleted", function()
    local path = "/instances/1234/objects/myContact/definitions"
    assert.equal(404, status_of("GET", "/instances/1234/objects/definitions"))
    assert.same(DEFINITION, (sandbox:call("POST", path, DEFINITION)))
    assert.equal(409, status_of("POST", path, DEFINITION))
    assert.same({ myContact = DEFINITION }, (sandbox:call("GET", "/instances/1234/objects/definitions")))
    assert.equal(200, status_of("DELETE", path))
    assert.equal(404, status_of("DELETE", path))
  end)

  it("need fields, each with a path and a type", function()
    for _, body in ipairs { {}, { fields = "x" }, { fields = { "x" } }, { fields = { { path = "id" } } }, "[]" } do
      assert.equal(400, status_of("POST", "/instances/1234/objects/a/definitions", body))
    end
  end)

  it("are reached by token, and renamed so", function()
    assert.equal(200, status_of("POST", "/instances/objects/a/definitions", DEFINITION, headers()))
    assert.equal(200, status_of("POST", "/instances/objects/c/definitions", DEFINITION, headers()))
    assert.equal(200, status_of("PATCH", "/instances/objects/a", { objectName = "b" }, headers()))
    assert.equal(404, status_of("PATCH", "/instances/objects/a", { objectName = "d" }, headers()))
    assert.equal(409, status_of("PATCH", "/instances/objects/b", { objectName = "c" }, headers()))
    assert.equal(400, status_of("PATCH", "/instances/objects/b", {}, headers()))
    local all = sandbox:call("GET", "/instances/objects/definitions", nil, headers())
    assert.same({ b = DEFINITION, c = DEFINITION }, all)
    assert.equal(401, status_of("GET", "/instances/objects/definitions"))
  end)
end)

describe("transformations in the sandbox", function()
  it("are made, read, written anew and deleted, one or all", function()
    local path = "/instances/1234/transformations/contact"
    assert.equal(404, status_of("GET", "/instances/1234/transformations"))
    assert.equal(404, status_of("PUT", path, { vendorName = "Contact" }))
    assert.equal("contact", sandbox:call("POST", path, { vendorName = "Contact" }).objectName)
    assert.equal(409, status_of("POST", path, { vendorName = "Contact" }))
    assert.equal("Person", sandbox:call("PUT", path, { vendorName = "Person", fields = {} }).vendorName)
    assert.equal("Person", sandbox:call("GET", "/instances/1234/transformations").contact.vendorName)
    assert.equal("Person", sandbox:call("GET", "/instances/transformations/contact", nil, headers()).vendorName)
    assert.equal(200, status_of("DELETE", path))
    assert.equal(404, status_of("DELETE", path))
    assert.equal(200, status_of("POST", path, { vendorName = "Contact" }))
    assert.equal(200, status_of("DELETE", "/instances/1234/transformations"))
    assert.equal(404, status_of("GET", path))
  end)

  it("that are invalid are refused", function()
    for _, body in ipairs { {}, { vendorName = "" }, { vendorName = "x", fields = "y" }, "x" } do
      assert.equal(400, status_of("POST", "/instances/1234/transformations/contact", body))
    end
  end)
end)

describe("the description of an instance in the sandbox", function()
  it("is Swagger 2.0, by id and by token", function()
    local whole = sandbox:call("GET", "/instances/1234/docs")
    assert.equal("2.0", whole.swagger)
    assert.equal("/elements/api-v2/hubs/messaging", whole.basePath)
    assert.equal("createMessages", whole.paths["/messages"].post.operationId)
    assert.same(whole, (sandbox:call("GET", "/instances/docs", nil, headers())))
  end)

  it("is cut down to an operation and to its definitions", function()
    local one = sandbox:call("GET", "/instances/1234/docs/getMessages")
    assert.is_nil(one.paths["/ping"])
    assert.equal("getMessages", one.paths["/messages"].get.operationId)
    assert.is_nil(one.paths["/messages"].post)
    local path = "/instances/1234/docs/getMessages/definitions"
    assert.equal("#/definitions/messages", sandbox:call("GET", path).messagesList.items["$ref"])
    assert.equal("object", sandbox:call("GET", path .. "?resolveReferences=true").messagesList.items.type)
    assert.equal(404, status_of("GET", "/instances/1234/docs/nosuch"))
    assert.equal(404, status_of("GET", "/instances/1234/docs/nosuch/definitions"))
  end)
end)

describe("the account in the sandbox", function()
  it("lists its instances with less of their element", function()
    for _, path in ipairs { "/accounts/instances", "/accounts/1/instances" } do
      local element = sandbox:call("GET", path)[1].element
      assert.equal("mailjet", element.key)
      assert.is_nil(element.description)
      assert.is_nil(element.active)
    end
    assert.equal("No account found with ID 7", sandbox:call("GET", "/accounts/7/instances").message)
  end)

  it("lists the instances whose poller was shut off", function()
    assert.equal(404, status_of("GET", "/instances/polling-disabled"))
    sandbox:create { name = "Off" }
    sandbox.state.by_id["1235"].polling_disabled = true
    local list = sandbox:call("GET", "/instances/polling-disabled")
    assert.equal(1, #list)
    assert.equal("Off", list[1].name)
  end)
end)

describe("an instance's path below its element", function()
  it("takes reAuthenticate, and no PATCH", function()
    local body = { configuration = { ["mailjet.api.key"] = require("celements.sandbox.reserved").REJECTED } }
    assert.equal(401, status_of("PUT", "/instances/1234?reAuthenticate=false", body))
    assert.equal(200, status_of("PUT", "/elements/84/instances/1234?reAuthenticate=false", body))
    assert.equal(405, status_of("PATCH", "/elements/mailjet/instances/1234", {}))
  end)
end)
