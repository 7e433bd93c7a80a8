local api = require "spec.sandbox.api"
local json = require "celements.sandbox.json"
local reserved = require "celements.sandbox.reserved"

local sandbox

local function status_of(...)
  return select(2, sandbox:call(...)).status
end

local function by_token(token)
  return { authorization = api.PLATFORM .. ", Element " .. token }
end

describe("an instance in the sandbox", function()
  before_each(function() sandbox = api.new() end)

  it("is read by its id, with its token and without its secrets", function()
    local created = sandbox:create()
    local read, response = sandbox:call("GET", "/instances/1234")
    assert.equal(200, response.status)
    assert.same(created, read)
    assert.same(created, (sandbox:call("GET", "/elements/84/instances/1234")))
  end)

  it("is not found under a wrong id, an id that is no number, or another element", function()
    sandbox:create()
    local answer, response = sandbox:call("GET", "/instances/99")
    assert.equal(404, response.status)
    assert.equal("No element instance found with ID 99", answer.message)
    assert.equal(response.headers["Elements-Request-Id"], answer.requestId)
    assert.equal(404, status_of("GET", "/instances/abc"))
    assert.equal(404, status_of("GET", "/elements/box/instances/1234"))
  end)

  it("takes a new name and new tags by PUT and keeps the rest", function()
    local created = sandbox:create { tags = { "a" } }
    local updated, response = sandbox:call("PUT", "/instances/1234", { name = "<b>New</b>", tags = { "b" } })
    assert.equal(200, response.status)
    assert.equal("New", updated.name)
    assert.same({ "b" }, updated.tags)
    assert.equal(created.token, updated.token)
    assert.equal("secret", sandbox.state.by_id["1234"].configuration["mailjet.api.secret"])
  end)

  it("merges the configuration of a PATCH by key", function()
    sandbox:create()
    local updated = sandbox:call("PATCH", "/instances/1234", {
      configuration = { ["event.notification.enabled"] = true, ["mailjet.api.key"] = "other" },
    })
    assert.equal("true", updated.configuration["event.notification.enabled"])
    assert.is_true(updated.eventsEnabled)
    local stored = sandbox.state.by_id["1234"].configuration
    assert.equal("other", stored["mailjet.api.key"])
    assert.equal("secret", stored["mailjet.api.secret"])
  end)

  it("keeps a secret when its mask is written back", function()
    local created = sandbox:create()
    assert.equal(200, status_of("PUT", "/instances/1234", { configuration = created.configuration }))
    assert.equal("secret", sandbox.state.by_id["1234"].configuration["mailjet.api.secret"])
  end)

  it("shows the callback URL once it is set", function()
    sandbox:create()
    local updated = sandbox:call("PATCH", "/instances/1234", {
      configuration = { ["event.notification.callback.url"] = "https://example.com/hook" },
    })
    assert.equal("https://example.com/hook", updated.eventsNotificationCallbackUrl)
  end)

  it("refuses an update that empties a required entry or has a wrong shape, and changes nothing", function()
    sandbox:create()
    for _, body in ipairs {
      { name = "n", configuration = { ["mailjet.api.key"] = "" } },
      { name = "n", configuration = { ["mailjet.api.key"] = json.null } },
      { name = "" }, { name = "n", tags = "t" }, { name = "n", id = 99 },
    } do
      assert.equal(400, status_of("PATCH", "/instances/1234", body))
    end
    assert.equal("Test", sandbox.state.by_id["1234"].name)
    assert.equal("key", sandbox.state.by_id["1234"].configuration["mailjet.api.key"])
  end)

  it("does not re-provision with refused credentials, unless told not to authenticate again", function()
    sandbox:create()
    local body = { configuration = { ["mailjet.api.key"] = reserved.REJECTED } }
    assert.equal(401, status_of("PATCH", "/instances/1234", body))
    assert.equal("key", sandbox.state.by_id["1234"].configuration["mailjet.api.key"])
    assert.equal(200, status_of("PUT", "/elements/mailjet/instances/1234?reAuthenticate=false", body))
  end)

  it("moves to another element by PATCH", function()
    sandbox:create()
    local moved = sandbox:call("PATCH", "/instances/1234", { id = 1234, element = { id = 87 } })
    assert.equal("mailjetmarketing", moved.element.key)
    assert.equal(87, moved.elementId)
  end)

  it("answers its deletion with 200 and no body, and takes the token with it", function()
    local created = sandbox:create()
    local answer, response = sandbox:call("DELETE", "/instances/1234")
    assert.equal(200, response.status)
    assert.is_nil(answer)
    assert.equal(404, status_of("GET", "/instances/1234"))
    assert.equal(401, select(2, sandbox:hub(created.token, "GET", "/hubs/messaging/ping")).status)
  end)

  it("answers with {} instead where the switch says so", function()
    sandbox = api.new { empty_body = "object" }
    sandbox:create()
    for _, call in ipairs { { "PUT", "/enabled" }, { "DELETE", "/enabled" }, { "DELETE", "" } } do
      assert.equal("{}", select(2, sandbox:call(call[1], "/instances/1234" .. call[2])).body)
    end
  end)

  it("is not deleted while it is in use", function()
    sandbox:create()
    sandbox.state.by_id["1234"].in_use = true
    assert.equal(409, status_of("DELETE", "/instances/1234"))
    assert.equal(200, status_of("GET", "/instances/1234"))
  end)

  it("is updated, disabled, enabled and deleted by its token", function()
    local token = sandbox:create().token
    local headers = by_token(token)
    assert.equal("a", sandbox:call("PUT", "/instances", { name = "a" }, headers).name)
    assert.equal("b", sandbox:call("PATCH", "/instances", { name = "b" }, headers).name)
    assert.equal(200, status_of("DELETE", "/instances/enabled", nil, headers))
    assert.is_true(sandbox:call("GET", "/instances/1234").disabled)
    assert.equal(200, status_of("PUT", "/instances/enabled", nil, headers))
    assert.is_false(sandbox:call("GET", "/instances/1234").disabled)
    assert.equal(200, status_of("DELETE", "/instances", nil, headers))
    assert.equal(404, status_of("GET", "/instances/1234"))
  end)

  it("is not reached by token without a token", function()
    assert.equal(401, status_of("PATCH", "/instances", { name = "b" }))
    assert.equal(401, status_of("DELETE", "/instances/enabled"))
  end)

  it("lists its configuration as entries, each readable and writable by its id", function()
    sandbox:create()
    local entries = sandbox:call("GET", "/instances/1234/configuration")
    assert.equal(5, #entries)
    local entry = entries[3]
    assert.equal("filter.response.nulls", entry.key)
    assert.equal("true", entry.propertyValue)
    local path = ("/instances/1234/configuration/%d"):format(entry.id)
    assert.same(entry, (sandbox:call("GET", path)))
    entry.propertyValue = "false"
    assert.same(entry, (sandbox:call("PATCH", path, entry)))
    assert.equal("false", sandbox:call("GET", "/instances/1234").configuration["filter.response.nulls"])
    assert.equal(404, status_of("GET", "/instances/1234/configuration/1"))
  end)

  it("shows tags as objects, or not at all in written replies, where the switch says so", function()
    sandbox = api.new { tags = "objects" }
    assert.same({ { id = 1, name = "t" } }, sandbox:create({ tags = { "t" } }).tags)
    sandbox = api.new { tags = "absent" }
    assert.is_nil(sandbox:create({ tags = { "t" } }).tags)
    assert.same({ "t" }, sandbox:call("GET", "/instances/1234").tags)
  end)
end)

describe("the sandbox's list of instances", function()
  before_each(function() sandbox = api.new() end)

  it("is a 404 when empty, or [] where the switch says so", function()
    for _, path in ipairs { "/instances", "/elements/mailjet/instances", "/instances?tags[]=none" } do
      local answer, response = sandbox:call("GET", path)
      assert.equal(404, response.status)
      assert.equal("No element instances found", answer.message)
    end
    sandbox = api.new { empty_list = "array" }
    local _, response = sandbox:call("GET", "/instances")
    assert.equal("[]", response.body)
    assert.equal(200, response.status)
    assert.equal("0", response.headers["Elements-Returned-Count"])
  end)

  local function names(path)
    local list, response = sandbox:call("GET", path)
    local found = {}
    for index, instance in ipairs(response.status == 200 and list or {}) do found[index] = instance.name end
    return table.concat(found, " ")
  end

  it("holds tokens, and neither provisionInteractions nor disabled", function()
    local token = sandbox:create().token
    local item = sandbox:call("GET", "/instances")[1]
    assert.equal(token, item.token)
    assert.is_nil(item.provisionInteractions)
    assert.is_nil(item.disabled)
    assert.is_table(item.configuration)
  end)

  it("leaves the heavier parts out with hydrate=false", function()
    sandbox:create()
    local item = sandbox:call("GET", "/instances?hydrate=false")[1]
    assert.is_nil(item.configuration)
    assert.is_nil(item.user)
    assert.same({ id = 84, key = "mailjet", name = "MailJet Beta", hub = "messaging" }, item.element)
  end)

  it("is filtered by tags, by text and by element", function()
    sandbox:create { name = "One", tags = { "x", "y" } }
    sandbox:create { name = "Two", tags = { "y", "a b&c" } }
    sandbox:call("POST", "/elements/sendgrid/instances", { name = "Three", configuration = {
      ["messaging.smtp.sendgrid.username"] = "u", ["messaging.smtp.sendgrid.password"] = "p",
      ["messaging.smtp.sendgrid.sender"] = "a@example.com",
    } })
    assert.equal("One Two Three", names("/instances"))
    assert.equal("One Two", names("/instances?tags[]=y"))
    assert.equal("One", names("/instances?tags%5B%5D=y&tags[]=x"))
    assert.equal("Two", names("/instances?tags[]=a+b%26c"))
    assert.equal("Two", names("/instances?searchText=tW"))
    assert.equal("Three", names("/instances?searchText=sendgrid"))
    assert.equal("Three", names("/elements/6/instances"))
    assert.equal(404, status_of("GET", "/elements/nosuch/instances"))
  end)

  it("comes in pages whose cursors lead through it once, also when an item goes meanwhile", function()
    for number = 1, 5 do sandbox:create { name = "n" .. number } end
    local list, response = sandbox:call("GET", "/instances?pageSize=2")
    assert.equal(2, #list)
    assert.equal("2", response.headers["Elements-Returned-Count"])
    assert.equal("5", response.headers["Elements-Total-Count"])
    local cursor = response.headers["Elements-Next-Page-Token"]
    assert.truthy(cursor:find("/++/", 1, true))
    sandbox:call("DELETE", "/instances/1234")
    local escaped = cursor:gsub("%W", function(c) return ("%%%02X"):format(c:byte()) end)
    assert.equal("n3 n4", names("/instances?pageSize=2&nextPage=" .. escaped))
    assert.equal(400, status_of("GET", "/instances?nextPage=" .. cursor))
  end)

  it("lags behind when it is told to, while each instance can be read at once", function()
    sandbox:create { name = "One" }
    sandbox.state:configure { list_delay = 10 }
    local late = sandbox:create { name = "Two" }
    assert.equal("One", names("/instances"))
    assert.equal("1", select(2, sandbox:call("GET", "/instances")).headers["Elements-Total-Count"])
    assert.equal(200, status_of("GET", "/instances/" .. late.id))
    sandbox.time = sandbox.time + 10
    assert.equal("One Two", names("/instances"))
  end)

  it("has no cursor on the last page", function()
    sandbox:create()
    assert.is_nil(select(2, sandbox:call("GET", "/instances?pageSize=1")).headers["Elements-Next-Page-Token"])
  end)

  it("caps the page size at 200 and says so", function()
    for _ = 1, 201 do sandbox:create() end
    local list, response = sandbox:call("GET", "/instances?pageSize=500")
    assert.equal(200, #list)
    assert.is_string(response.headers["Elements-Error"])
    assert.is_string(response.headers["Elements-Next-Page-Token"])
    assert.is_nil(select(2, sandbox:call("GET", "/instances")).headers["Elements-Error"])
  end)

  it("refuses a page size that is no positive integer", function()
    for _, size in ipairs { "0", "-1", "x", "1.5", "" } do
      assert.equal(400, status_of("GET", "/instances?pageSize=" .. size))
    end
  end)
end)
