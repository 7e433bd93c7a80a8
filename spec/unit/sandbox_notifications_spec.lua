-- What becomes of the sandbox's notifications: where they may go, how often they are tried, when they queue.
local api = require "spec.sandbox.api"
local json = require "celements.sandbox.json"
local notifications = require "celements.sandbox.notifications"
local calendar = require "celements.sandbox.calendar"

local sandbox, instance

local function open(switches)
  sandbox = api.new(switches)
  sandbox:create { configuration = {
    ["mailjet.api.key"] = "key", ["mailjet.api.secret"] = "secret", ["event.notification.enabled"] = "true",
    ["event.notification.callback.url"] = "http://127.0.0.1:8080/cb?a=b",
  } }
  instance = sandbox.state.instances[1]
end

local function add(changes)
  local record = {
    sequence = sandbox.state:next_sequence(), instance = instance, provider_data = "{}",
    payload = json.object { a = 1 },
  }
  for name, value in pairs(changes or {}) do record[name] = value end
  return notifications.add(sandbox.state, record)
end

local function sign(key, body) return key .. " of " .. body end

local function prepare(url, signer)
  instance.configuration["event.notification.callback.url"] = url
  return notifications.prepare(sandbox.state, add(), signer or sign)
end

before_each(function() open() end)

describe("a notification of the sandbox", function()
  it("is posted to the instance's URL as it was built", function()
    local record = add()
    local post = assert(notifications.prepare(sandbox.state, record, sign))
    assert.equal("127.0.0.1", post.host)
    assert.equal(8080, post.port)
    assert.equal("/cb?a=b", post.path)
    assert.is_false(post.tls)
    assert.equal('{"a":1}', post.body)
    assert.equal("127.0.0.1:8080", post.headers.Host)
    assert.equal(record.webhook_id, post.headers["Elements-Webhook-Id"])
    assert.matches("^%x+$", record.webhook_id)
    assert.is_nil(post.headers["Elements-Webhook-Signature"])
  end)

  it("is signed with the instance's key, or not sent", function()
    instance.configuration["event.notification.signature.key"] = "k"
    local post = assert(notifications.prepare(sandbox.state, add(), sign))
    assert.equal('k of {"a":1}', post.headers["Elements-Webhook-Signature"])
    local none, err = notifications.prepare(sandbox.state, add(), function() return nil, "no HMAC here" end)
    assert.is_nil(none)
    assert.equal("no HMAC here", err)
  end)

  it("says so where nginx cannot sign", function()
    local loaded, preload = package.loaded.ffi, package.preload.ffi
    package.loaded.ffi, package.preload.ffi = nil, function() error "no FFI" end
    package.loaded["celements.sandbox.signature"] = nil
    local signature, err = require("celements.sandbox.signature").sign("k", "body")
    package.loaded.ffi, package.preload.ffi = loaded, preload
    package.loaded["celements.sandbox.signature"] = nil
    assert.is_nil(signature)
    assert.truthy(err:find("cannot be signed", 1, true))
  end)

  it("goes to a URL of its own, if it has one", function()
    assert.equal("/own", notifications.prepare(sandbox.state, add { callback = "http://localhost/own" }, sign).path)
  end)

  it("stays on this machine, unless a switch says otherwise", function()
    local remote = {
      "http://example.com/", "http://10.0.0.1/", "https://127.0.0.1.example.com", "http://localhostess/",
    }
    for _, url in ipairs(remote) do
      local post, err = prepare(url)
      assert.is_nil(post)
      assert.truthy(err:find("notify_anywhere", 1, true))
    end
    for _, url in ipairs { "http://127.0.0.1", "https://127.0.0.9:8443/x", "http://localhost:80?x=1" } do
      assert.truthy(prepare(url))
    end
    sandbox.state:configure { notify_anywhere = true }
    for _, url in ipairs(remote) do assert.truthy(prepare(url)) end
  end)

  it("goes nowhere without a URL that is one, or when the instance is gone", function()
    for _, url in ipairs {
      "ftp://localhost/", "localhost", "http://", "http://u:p@localhost/", "http://localhost/\r\nX: y",
    } do
      local post, err = prepare(url)
      assert.is_nil(post)
      assert.equal("the callback URL is none", err)
    end
    local record = add { callback = "http://localhost/" }
    sandbox.state:reset()
    assert.equal("the instance is gone", select(2, notifications.prepare(sandbox.state, record, sign)))
  end)

  it("is not to be sent when there is no URL", function()
    for _, none in ipairs { json.null, "", "false" } do
      instance.configuration["event.notification.callback.url"] = none
      assert.is_nil(add().status)
    end
    assert.equal(0, #sandbox.state.outbox)
  end)

  it("is tried five times more, later each time, and queues then, as do those after it", function()
    local record, delays = add(), {}
    local delay = notifications.attempted(sandbox.state, record, nil, "connection refused")
    while delay do
      assert.equal("retry", record.status)
      table.insert(delays, delay)
      delay = notifications.attempted(sandbox.state, record, 502)
    end
    assert.same({ 8, 64, 512, 4096, 32768 }, delays)
    assert.equal("queued", record.status)
    assert.equal(6, record.attempts)
    assert.equal(502, record.answer)
    assert.is_nil(record.error)
    assert.equal("queued", add().status)
    open { notification_pace = 0.5 }
    assert.equal(4, notifications.attempted(sandbox.state, add(), 500))
    open { notification_policy = "queue" }
    record = add()
    assert.is_nil(notifications.attempted(sandbox.state, record, 500))
    assert.equal("queued", record.status)
  end)

  it("is delivered by any 2xx, and its event is notified", function()
    for _, status in ipairs { 200, 204, 299 } do
      local record = add()
      assert.is_nil(notifications.attempted(sandbox.state, record, status))
      assert.equal("delivered", record.status)
      local event = sandbox:call("GET", "/instances/1234/events/" .. record.id)
      assert.equal("NOTIFIED", event.status)
      assert.same({ { a = 1 } }, event.notifiedData)
    end
    for _, status in ipairs { 199, 300, 404 } do
      assert.is_number(notifications.attempted(sandbox.state, add(), status))
    end
  end)
end)

describe("deliveries in the sandbox", function()
  local PATH = "/notifications/subscriptions/deliveries"
  local QUEUED = PATH .. "?where=channel%3D'webhook'%20and%20status%3D'queued'"

  it("are listed and sent again", function()
    assert.equal("No deliveries found", sandbox:call("GET", PATH).message)
    local record = add()
    notifications.give_up(record, "no HMAC here")
    sandbox.state.outbox, instance.queues = {}, true
    add { callback = "http://localhost/" }
    assert.same({
      id = record.webhook_id, channel = "webhook", status = "queued", eventId = record.id, instanceId = 1234,
      attempts = 0, createdDate = "2018-05-01T10:00:00Z",
    }, sandbox:call("GET", QUEUED)[1])
    assert.equal(2, #sandbox:call("GET", PATH))
    assert.equal(200, select(2, sandbox:call("PUT", PATH .. "?where=eventId%3D'" .. record.id .. "'")).status)
    assert.same({ record }, sandbox.state.outbox)
    assert.equal("created", record.status)
    assert.equal(1, #sandbox:call("GET", QUEUED))
    sandbox:call("PUT", QUEUED)
    assert.equal(2, #sandbox.state.outbox)
    assert.equal("created", add().status)
    assert.equal(400, select(2, sandbox:call("PUT", PATH .. "?where=x")).status)
  end)
end)

describe("an asynchronous call in the sandbox", function()
  local MESSAGE = { from = "a@example.com", to = "b@example.com", subject = "s", message = "m" }

  local function call(headers, ...)
    headers["elements-async-request"] = "True"
    local method, path, body = ...
    return sandbox:hub(instance.token, method or "POST", path or "/messages", body or MESSAGE, headers)
  end

  it("is answered with a receipt, and its result is to be posted", function()
    local receipt, response = call {}
    assert.equal(200, response.status)
    assert.equal("1234", response.headers["Elements-Element-Instance-Id"])
    assert.equal("dispatched", receipt.eventStatus)
    local record = sandbox.state.outbox[1]
    assert.equal(record.id, ("%d"):format(receipt.eventId))
    local payload = json.decode(record.body)
    assert.equal(receipt.eventId, payload.eventId)
    assert.equal(1234, payload.instanceId)
    assert.equal("m", payload.response.message)
    assert.is_number(payload.response.id)
    assert.is_number(payload.notificationId)
    assert.equal(1, #instance.messages)
  end)

  it("posts a refusal, too, but not that of the platform's own checks", function()
    call({}, "GET", "/messages/77", "")
    assert.equal("No message found with ID 77", json.decode(sandbox.state.outbox[1].body).response.message)
    instance.token = "other"
    assert.equal(401, select(2, call {}).status)
    assert.equal(1, #sandbox.state.outbox)
  end)

  it("needs a callback URL, its own or the instance's", function()
    instance.configuration["event.notification.callback.url"] = json.null
    assert.equal(400, select(2, call {}).status)
    assert.equal(400, select(2, call { ["elements-async-callback-url"] = "" }).status)
    assert.equal(0, #instance.messages)
    assert.equal("dispatched", call({ ["elements-async-callback-url"] = "http://localhost/own" }).eventStatus)
    assert.equal("http://localhost/own", sandbox.state.outbox[1].callback)
  end)
end)

describe("the sandbox's times", function()
  it("are read as they are written", function()
    for _, seconds in ipairs { 0, 951782400, 951868799, 1525168800, 1709164800, 4102444800 } do
      assert.equal(seconds, calendar.read(calendar.write(seconds)))
    end
    assert.equal(1525132800, calendar.read("2018-05-01"))
    assert.equal(1525168800, calendar.read("2018-05-01T10:00:00.123Z"))
    for _, text in ipairs {
      "", "2018", "2018-00-01", "2018-05-01 10:00:00", "2018-05-01T10:00:00+02:00", "x2018-05-01",
    } do
      assert.is_nil(calendar.read(text))
    end
  end)
end)
