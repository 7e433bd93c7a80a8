local api = require "spec.sandbox.api"
local json = require "celements.sandbox.json"
local reserved = require "celements.sandbox.reserved"

local sandbox, token

local function message(changes)
  local body = { from = "a@example.com", to = "b@example.com", subject = "s", message = "m" }
  for name, value in pairs(changes or {}) do body[name] = value end
  return body
end

local function hub(...)
  return sandbox:hub(token, ...)
end

local function status_of(...)
  return select(2, hub(...)).status
end

local function open(switches)
  sandbox = api.new(switches)
  token = sandbox:create().token
end

describe("a hub call in the sandbox", function()
  before_each(function() open() end)

  it("ignores the hub and works without one", function()
    for _, path in ipairs { "/hubs/messaging/ping", "/hubs/crm/ping", "/ping" } do
      local answer, response = hub("GET", path)
      assert.equal(200, response.status)
      assert.same({ dateTime = "2018-05-01T10:00:00Z", provider = "mailjet" }, answer)
      assert.equal("1234", response.headers["Elements-Element-Instance-Id"])
    end
  end)

  it("needs a token, and a right one", function()
    assert.equal(401, select(2, sandbox:call("GET", "/hubs/messaging/ping")).status)
    assert.equal(401, select(2, sandbox:call("GET", "/hubs/messaging/usage")).status)
    token = "wrong"
    assert.equal(401, status_of("GET", "/hubs/messaging/ping"))
  end)

  it("answers 401 with a provider message for credentials the provider refuses", function()
    token = sandbox:create({ configuration = {
      ["mailjet.api.key"] = "k", ["mailjet.api.secret"] = reserved.UNVERIFIED,
    } }).token
    local answer, response = hub("GET", "/ping")
    assert.equal(401, response.status)
    assert.is_string(answer.providerMessage)
    assert.equal(401, status_of("POST", "/messages", message()))
  end)

  it("answers 403 through a disabled instance, except for its objects", function()
    sandbox:call("DELETE", "/instances/1234/enabled")
    assert.equal(403, status_of("GET", "/ping"))
    assert.equal(403, status_of("POST", "/messages", message()))
    assert.equal(200, status_of("GET", "/objects"))
    sandbox:call("PUT", "/instances/1234/enabled")
    assert.equal(200, status_of("GET", "/ping"))
  end)

  it("lists objects in both versions", function()
    assert.same({ "messages" }, (hub("GET", "/hubs/messaging/objects")))
    assert.same({ { name = "messages", vendorName = "messages", type = "vendor" } },
      (hub("GET", "/objects", nil, { ["elements-version"] = "Helium" })))
  end)

  it("tells usage, and takes days", function()
    hub("POST", "/messages", message())
    assert.same({ days = 99, messages = 1 }, (hub("GET", "/hubs/messaging/usage?days=99")))
    assert.equal(400, status_of("GET", "/usage?days=x"))
  end)

  it("says when the element has no messages", function()
    token = sandbox:call("POST", "/elements/87/instances", { name = "m", configuration = {
      ["mailjetmarketing.api.key"] = "k", ["mailjetmarketing.api.secret"] = "s",
    } }).token
    local answer, response = hub("GET", "/hubs/messaging/messages")
    assert.equal(404, response.status)
    assert.equal("This API is not currently supported for this element", answer.message)
  end)
end)

describe("messages in the sandbox", function()
  before_each(function() open() end)

  it("are sent and read back", function()
    local sent, response = hub("POST", "/hubs/messaging/messages", message { cc = "c@example.com" })
    assert.equal(200, response.status)
    assert.equal("s", sent.subject)
    assert.equal("c@example.com", sent.cc)
    assert.is_nil(sent.mimeType)
    assert.same(sent, (hub("GET", ("/hubs/messaging/messages/%d"):format(sent.id))))
  end)

  it("need from, to, subject and message", function()
    local answer, response = hub("POST", "/messages", message { to = "", subject = json.null })
    assert.equal(400, response.status)
    assert.equal("Missing required fields: to, subject", answer.message)
    assert.equal(400, status_of("POST", "/messages", "[]"))
    assert.equal(400, status_of("POST", "/messages", "{"))
    assert.equal("[]", select(2, hub("GET", "/messages")).body)
  end)

  it("show null fields when the instance does not filter them", function()
    sandbox:call("PATCH", "/instances/1234", { configuration = { ["filter.response.nulls"] = false } })
    assert.equal(json.null, hub("POST", "/messages", message()).cc)
  end)

  it("are not found under an unknown id", function()
    assert.equal("No message found with ID 99", hub("GET", "/messages/99").message)
    assert.equal(404, status_of("GET", "/messages/99"))
  end)

  it("become readable after the delay", function()
    open { message_delay = 10 }
    local id = hub("POST", "/messages", message()).id
    assert.equal(404, status_of("GET", ("/messages/%d"):format(id)))
    assert.equal("[]", select(2, hub("GET", "/messages")).body)
    sandbox.time = sandbox.time + 10
    assert.equal(200, status_of("GET", ("/messages/%d"):format(id)))
    assert.equal(1, #hub("GET", "/messages"))
  end)

  it("can have ids of 19 digits, as strings or as integers", function()
    open { message_id = "string" }
    local id = hub("POST", "/messages", message()).id
    assert.equal(19, #id)
    assert.equal(200, status_of("GET", "/messages/" .. id))
    open { message_id = "long" }
    local digits = select(2, hub("POST", "/messages", message())).body:match('"id":(%d+),')
    assert.equal(19, #digits)
    assert.equal(200, status_of("GET", "/messages/" .. digits))
  end)

  it("belong to one instance", function()
    hub("POST", "/messages", message())
    token = sandbox:create().token
    assert.equal("[]", select(2, hub("GET", "/messages")).body)
  end)

  it("cannot be changed or deleted", function()
    for _, call in ipairs { { "PUT", "/messages/1" }, { "DELETE", "/messages/1" }, { "DELETE", "/messages" } } do
      assert.equal(405, status_of(call[1], call[2]))
    end
  end)

  local function subjects(path)
    local found = {}
    for index, item in ipairs(hub("GET", path)) do found[index] = item.subject end
    return table.concat(found, " ")
  end

  it("come in pages, by number and by cursor", function()
    for number = 1, 5 do hub("POST", "/messages", message { subject = "s" .. number }) end
    assert.equal("s1 s2", subjects("/messages?page=1&pageSize=2"))
    assert.equal("s3 s4", subjects("/messages?page=2&pageSize=2"))
    assert.equal("s5", subjects("/messages?page=3&pageSize=2"))
    assert.equal("", subjects("/messages?page=4&pageSize=2"))
    assert.equal("s1 s2 s3 s4", subjects("/messages?page=1&pageSize=4"))
    local _, response = hub("GET", "/messages?page=1&pageSize=2")
    local cursor = response.headers["Elements-Next-Page-Token"]:gsub("+", "%%2B")
    assert.equal("s3 s4", subjects("/messages?page=1&pageSize=2&nextPage=" .. cursor))
    assert.equal(400, status_of("GET", "/messages?page=0"))
  end)

  it("go without cursor and total where the switches say so", function()
    open { message_cursor = false, total_count = false }
    for _ = 1, 2 do hub("POST", "/messages", message()) end
    local _, response = hub("GET", "/messages?pageSize=1")
    assert.equal("1", response.headers["Elements-Returned-Count"])
    assert.is_nil(response.headers["Elements-Next-Page-Token"])
    assert.is_nil(response.headers["Elements-Total-Count"])
  end)

  it("are selected by equality joined with AND", function()
    hub("POST", "/messages", message { subject = "it's" })
    hub("POST", "/messages", message { subject = "other", to = "x@example.com" })
    assert.equal("it's", subjects("/messages?where=subject='it''s'"))
    assert.equal("other", subjects("/messages?where=sent%3Dtrue%20and%20to%20=%20'x@example.com'"))
    assert.equal("", subjects("/messages?where=subject='it''s'%20AND%20to='x@example.com'"))
    assert.equal("other", subjects("/messages?where=`subject`='other'"))
  end)

  it("are not selected by anything else", function()
    for _, where in ipairs {
      "subject>'a'", "subject='a'%20OR%20to='b'", "subject", "subject='a", "", "subject='a'%20AND",
      "subject%20LIKE%20'a'", "(subject='a')", "subject=bare",
    } do
      local answer, response = hub("GET", "/messages?where=" .. where)
      assert.equal(400, response.status)
      assert.truthy(answer.message:find("Error parsing query", 1, true))
    end
  end)
end)
