-- The sandbox's events: injected, stored, counted, and turned into notifications.
local api = require "spec.sandbox.api"
local json = require "celements.sandbox.json"

local sandbox, id, token

local function open(switches, configuration)
  sandbox = api.new(switches)
  local values = {
    ["mailjet.api.key"] = "key", ["mailjet.api.secret"] = "secret",
    ["event.notification.enabled"] = "true", ["event.notification.callback.url"] = "http://127.0.0.1:1/cb",
  }
  for name, value in pairs(configuration or {}) do values[name] = value end
  local instance = sandbox:create { configuration = values }
  id, token = ("%d"):format(instance.id), instance.token
end

local function inject(body, headers, element)
  local sent = { authorization = false, ["element-instances"] = id }
  for name, value in pairs(headers or {}) do sent[name] = value or nil end
  if headers and headers["element-instances"] == false then sent["element-instances"] = nil end
  return sandbox:call("POST", "/events/" .. (element or "mailjet"), body, sent)
end

local function many(count)
  local list = json.array()
  for number = 1, count do
    list[number] = json.object { objectType = "contacts", objectId = tostring(number), eventType = "CREATED" }
  end
  return json.object { events = list }
end

local function payloads()
  local list = {}
  for index, record in ipairs(sandbox.state.notifications) do list[index] = json.decode(record.body) end
  return list
end

before_each(function() open() end)

describe("an event in the sandbox", function()
  it("needs no secret, and becomes a notification", function()
    local sent = '{"objectType":"contacts","objectId":9001,"eventType":"UPDATED","date":"2018-05-01T09:00:00Z","x":1}'
    local body, response = inject(sent)
    assert.equal(200, response.status)
    assert.is_nil(body)
    assert.equal('{"message":{"elementKey":"mailjet","eventId":"2","instanceId":1234,"events":[{"elementKey":"mailjet",'
      .. '"eventType":"UPDATED","objectType":"contacts","objectId":9001,"date":"2018-05-01T09:00:00Z"}],"raw":',
      sandbox.state.outbox[1].body:match("^.*\"raw\":"))
    assert.same(json.decode(sent), payloads()[1].message.raw)
    assert.equal("created", sandbox.state.outbox[1].status)
    assert.equal(1, #sandbox.state.outbox)
  end)

  it("may come alone, in a list, or in an object with a list", function()
    for _, body in ipairs { '{"eventType":"x"}', '[{"eventType":"x"}]', '{"events":[{"eventType":"x"}],"more":1}' } do
      open()
      assert.equal(200, select(2, inject(body)).status)
      assert.equal("UNKNOWN", payloads()[1].message.events[1].eventType)
      assert.equal("2018-05-01T10:00:00Z", payloads()[1].message.events[1].date)
    end
  end)

  it("shares a notification with at most 9 others from a poller, and 19 from a webhook", function()
    local sizes_of = {
      polling = { 10, 10, 5 }, webhook = { 20, 5 }, webhooks = { 20, 5 }, [""] = { 10, 10, 5 },
    }
    for vendor, sizes in pairs(sizes_of) do
      open(nil, { ["event.vendor.type"] = vendor })
      inject(many(25))
      local found, ids, expected = {}, {}, 0
      for index, payload in ipairs(payloads()) do
        found[index] = #payload.message.events
        assert.equal(25, #payload.message.raw.events)
        assert.is_nil(ids[payload.message.eventId])
        ids[payload.message.eventId] = true
        for _, event in ipairs(payload.message.events) do
          expected = expected + 1
          assert.equal(tostring(expected), event.objectId)
        end
      end
      assert.same(sizes, found)
    end
  end)

  it("reaches every instance that is named and has events", function()
    local other = sandbox:create()
    local third = sandbox:create { configuration = {
      ["mailjet.api.key"] = "k", ["mailjet.api.secret"] = "s", ["event.notification.enabled"] = true,
    } }
    local ids = ("%s, %d,%d"):format(id, other.id, third.id)
    assert.equal(200, select(2, inject(many(1), { ["element-instances"] = ids })).status)
    assert.equal(2, #payloads())
    assert.equal(third.id, payloads()[2].message.instanceId)
    assert.equal(1, #sandbox.state.outbox) -- the other has no URL, so that only formulas would hear of it
    assert.is_nil(sandbox.state.notifications[2].status)
  end)

  it("is refused when it is for nobody, or is none", function()
    local function status(...) return select(2, inject(...)).status end
    assert.equal(400, status(many(1), { ["element-instances"] = false }))
    assert.equal(404, status(many(1), { ["element-instances"] = id .. ",77" }))
    assert.equal(404, status(many(1), nil, "nosuch"))
    assert.equal(404, status(many(1), nil, "bigcommerce"))
    for _, body in ipairs { "{", "[]", "[1]", "7", '{"events":[]}', '{"events":{}}' } do
      assert.equal(400, status(body), body)
    end
    assert.equal(0, #sandbox.state.notifications)
  end)

  it("is listed and read, by id and by token", function()
    inject(many(3))
    inject(many(1))
    local with_token = { authorization = api.PLATFORM .. ", Element " .. token }
    local list, response = sandbox:call("GET", "/instances/" .. id .. "/events?pageSize=1")
    assert.equal(1, #list)
    assert.equal("2", response.headers["Elements-Total-Count"])
    assert.same({
      id = "2", eventDate = "2018-05-01T10:00:00Z", status = "NEW", providerData = json.encode(many(3)),
    }, list[1])
    assert.same(list[1], (sandbox:call("GET", "/instances/" .. id .. "/events/2")))
    assert.equal(2, #sandbox:call("GET", "/instances/events", nil, with_token))
    assert.equal("3", sandbox:call("GET", "/instances/events/3", nil, with_token).id)
    for _, path in ipairs { "/instances/" .. id .. "/events/77", "/instances/77/events" } do
      assert.equal(404, select(2, sandbox:call("GET", path)).status)
    end
    local other = sandbox:create()
    assert.equal(404, select(2, sandbox:call("GET", ("/instances/%d/events/2"):format(other.id))).status)
    assert.equal("No events found", sandbox:call("GET", ("/instances/%d/events"):format(other.id)).message)
    sandbox.state:configure { empty_list = "array" }
    assert.same({}, (sandbox:call("GET", ("/instances/%d/events"):format(other.id))))
  end)
end)

describe("the sandbox's count of events", function()
  local HOUR = "?from=2018-05-01T09:30:00Z&to=2018-05-01T10:30:00Z&interval="

  it("has a bucket for both ends", function()
    inject(many(1))
    local list = sandbox:call("GET", "/instances/events/analytics" .. HOUR .. "minute")
    assert.equal(61, #list)
    assert.same({ timestamp = "2018-05-01T09:30:00Z", count = 0 }, list[1])
    assert.same({ timestamp = "2018-05-01T10:00:00Z", count = 1 }, list[31])
    assert.same({ timestamp = "2018-05-01T10:30:00Z", count = 0 }, list[61])
    assert.equal(8, #sandbox:call("GET", "/instances/events/analytics"))
  end)

  it("tells instances and outcomes apart", function()
    inject(many(1))
    inject(many(1))
    sandbox.state.notifications[1].status, sandbox.state.notifications[2].status = "delivered", "queued"
    assert.same({
      { timestamp = "2018-05-01T09:30:00Z", total = 2, records = {
        { count = 2, success = 1, failed = 1, instanceId = 1234 },
      } },
      { timestamp = "2018-05-01T10:30:00Z", total = 0, records = {} },
    }, (sandbox:call("GET", "/instances/events/analytics/instances" .. HOUR .. "hour")))
    assert.equal(1, sandbox:call("GET", "/instances/events/analytics/accounts" .. HOUR .. "day&accountIds[]=1")[1]
      .records[1].accountId)
  end)

  it("refuses a wrong range or interval with 400, and a foreign account with 403", function()
    for _, query in ipairs {
      "?interval=second", "?from=x", "?from=2018-13-01", "?to=2018-05-01T25:00:00Z",
      "?from=2018-05-02&to=2018-05-01", "?from=2000-01-01&interval=minute",
    } do
      local answer, response = sandbox:call("GET", "/instances/events/analytics" .. query)
      assert.equal(400, response.status, query)
      assert.is_string(answer.requestId)
      assert.is_string(answer.message)
    end
    assert.equal(403, select(2, sandbox:call("GET", "/instances/events/analytics/accounts?accountIds[]=77")).status)
  end)
end)
