-- Calls whose result comes as a notification.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

-- Where a Lua lacks luaossl, what needs it shows as pending.
local it_signs = pcall(require, "openssl.hmac") and it or pending

local MESSAGE = { from = "sender@example.com", to = "reader@example.com", subject = "Hello", message = "First" }
local KEY = "MySecretEventSignatureKey"

local server, client, session, callback

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  callback = server.base_url .. "/callback" -- the sandbox is its own receiver
  local request = caller.mailjet()
  request.configuration["event.notification.signature.key"] = KEY
  session = client:with_token(assert(client.instances:create(request)).token)
  assert(server:fault { name = "status", status = 200, times = 1000, match = { path = "^/callback" } })
end)
after_each(function()
  session:close()
  client:close()
end)

-- The last request of the client's: notifications arrive when they like.
local function last()
  local found
  for _, entry in ipairs(caller.arrived(server)) do
    if entry.path ~= "/callback" then found = entry end
  end
  return found
end

local function notified()
  local found
  waiting.till(function()
    for _, entry in ipairs(caller.arrived(server, "POST")) do
      if entry.path == "/callback" then found = entry end
    end
    return found
  end, "the notification")
  return found
end

describe("an asynchronous call", function()
  it_signs("gives a receipt, and its result comes signed", function()
    local receipt, info = assert(session:post("/hubs/messaging/messages", MESSAGE, {
      async = { callback_url = callback }, headers = { ["X-Own"] = "1" },
    }))
    assert.equal(200, info.status)
    assert.equal("dispatched", receipt.status)
    local entry = notified()
    assert.is_true(celements.webhook.verify(entry.body, entry.headers["elements-webhook-signature"], KEY))
    local result = assert(celements.webhook.result(entry.body))
    assert.equal(receipt.event_id, result.event_id)
    assert.equal("First", result.response.message)
    assert.is_nil((celements.webhook.events(entry.body)))
    assert.equal("First", assert(session:get("/hubs/messaging/messages/" .. result.response.id)).message)
  end)

  it("may be of every method, and goes to the instance's URL by default", function()
    local id = assert(client.instances:list())[1].id
    assert(client.instances:update(id, { configuration = assert(celements.configuration {
      events = { enabled = false, callback_url = callback },
    }) }))
    for _, name in ipairs { "get", "delete" } do
      session[name](session, "/hubs/messaging/messages", { async = true })
      assert.equal("True", last().headers["elements-async-request"])
    end
    for _, name in ipairs { "post", "put", "patch" } do
      session[name](session, "/hubs/messaging/messages", {}, { async = true })
      assert.equal("True", last().headers["elements-async-request"])
      assert.is_nil(last().headers["elements-async-callback-url"])
    end
    assert.is_table(celements.webhook.result(notified().body))
  end)

  it("may select, and is in the log of calls once", function()
    local receipt, info = assert(session:get("/hubs/messaging/messages", {
      where = { status = "sent" }, fields = { "id" }, page_size = 3, async = { callback_url = callback },
    }))
    assert.equal("dispatched", receipt.status)
    assert.equal("fields=id&pageSize=3&where=status='sent'", (last().query:gsub("%%3[Dd]", "="):gsub("%%27", "'")))
    local log = assert(client:request("GET", "/usage"))
    assert.equal(1, #log)
    assert.equal(info.request_id, log[1].request_id)
    assert.same({}, celements.webhook.result(notified().body).response)
  end)

  it("fails when no callback URL is known", function()
    local receipt, err = session:post("/hubs/messaging/messages", MESSAGE, { async = true })
    assert.is_nil(receipt)
    assert.equal("rejected", err.kind)
    assert.equal(400, err.status)
  end)

  it("gives the answer itself when the platform defers nothing", function()
    for _, body in ipairs { "{}", "[]", '{"eventId":1}', '{"eventId":{},"eventStatus":"dispatched"}' } do
      assert(server:fault { name = "status", status = 200, body = body, match = { path = "^/x" } })
      local answer = assert(session:get("/x", { async = true }))
      assert.is_nil(answer.event_id)
    end
    assert(server:fault { name = "empty", match = { path = "^/x" } })
    assert.is_true((session:get("/x", { async = true })))
  end)

  it("keeps every digit of the event's id", function()
    for _, id in ipairs { "9007199254740993", "123456789012345678901234567890", '"evt-1"' } do
      assert(server:fault {
        name = "status", status = 200, body = ('{"eventId":%s,"eventStatus":"dispatched"}'):format(id),
        match = { path = "^/x" },
      })
      assert.equal((id:gsub('"', "")), assert(session:get("/x", { async = true })).event_id)
    end
  end)

  it("is none unless it is asked for", function()
    assert(session:post("/hubs/messaging/messages", MESSAGE, { async = false }))
    assert.is_nil(last().headers["elements-async-request"])
  end)

  it("raises for what cannot be asked", function()
    local function blamed(async)
      return caller.blamed(function() session:get("/x", { async = async }) end)
    end
    assert.equal("session:get: option 'async' must be a boolean or a table, not a string", blamed("yes"))
    assert.equal("session:get, option 'async': unknown option 'callback' (did you mean 'callback_url'?)",
      blamed { callback = callback })
    assert.equal("session:get, option 'async': option 'callback_url' must be a string, not a number",
      blamed { callback_url = 1 })
    assert.truthy(caller.blamed(function() session:ping { async = "yes" } end))
  end)
end)
