-- Events from the provider to the application: what the sandbox posts is what celements.webhook reads.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

-- Where a Lua lacks luaossl, what needs it shows as pending.
local it_signs = pcall(require, "openssl.hmac") and it or pending

local KEY = "clé of this instance"
local HEADER = "elements-webhook-signature"

local server, client, callback

setup(function() server = assert(sandbox.start { switches = { notification_pace = 1e-6 } }) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  callback = server.base_url .. "/callback" -- the sandbox is its own receiver
end)
after_each(function() client:close() end)

local function receive(statuses)
  for _, status in ipairs(statuses) do
    assert(server:fault { name = "status", status = status, times = 1, match = { path = "^/callback" } })
  end
  assert(server:fault { name = "status", status = 200, times = 1000, match = { path = "^/callback" } })
end

-- Notifications as they arrived, when there are so many.
local function arrived(count)
  local list
  waiting.till(function()
    list = {}
    for _, entry in ipairs(caller.arrived(server, "POST")) do
      if entry.path == "/callback" then table.insert(list, entry) end
    end
    return #list >= count
  end, count .. " notifications")
  return list
end

local function settled(status)
  local list
  waiting.till(function()
    list = assert(server:notifications())
    for _, entry in ipairs(list) do
      if entry.status ~= status then return false end
    end
    return #list > 0
  end, "notifications that are " .. status)
  return list
end

local function provision(events)
  events.callback_url = events.callback_url or callback
  local configuration = assert(celements.configuration {
    events = events, username = "u", password = "p", ["store.url"] = "https://shop.example.com",
  })
  return assert(client.instances:create {
    element = { key = "bigcommerce" }, configuration = configuration, name = "Shop",
  })
end

local function inject(instance, count)
  local events = {}
  for number = 1, count do
    events[number] = { objectType = "customers", objectId = number, eventType = "CREATED" }
  end
  assert(client:request("POST", "/events/bigcommerce", {
    headers = { ["Element-Instances"] = instance.id }, body = { events = events },
  }))
end

describe("a notification", function()
  it_signs("arrives signed, and is read", function()
    receive {}
    local instance = provision { signature_key = KEY }
    inject(instance, 1)
    local entry = arrived(1)[1]
    assert.is_true(celements.webhook.verify(entry.body, entry.headers[HEADER], KEY))
    assert.truthy(entry.headers["elements-webhook-id"])
    assert.equal("application/json;charset=UTF-8", entry.headers["content-type"])
    local events = assert(celements.webhook.events(entry.body))
    assert.equal(1, #events)
    assert.equal("customers", events[1].object_type)
    assert.equal("1", events[1].object_id)
    assert.equal("CREATED", events[1].event_type)
    assert.equal(tostring(instance.id), events[1].instance_id)
    assert.equal("bigcommerce", events[1].element_key)
    assert.is_nil((celements.webhook.result(entry.body)))

    settled "delivered"
    local stored = assert(client:request("GET", ("/instances/%d/events/%s"):format(instance.id, events[1].event_id)))
    assert.equal("NOTIFIED", stored.status)
  end)

  it_signs("is refused when it was changed, or signed by another", function()
    receive {}
    inject(provision { signature_key = KEY }, 1)
    local entry = arrived(1)[1]
    for _, case in ipairs {
      { (entry.body:gsub("customers", "customer5")), KEY }, { entry.body .. " ", KEY }, { entry.body, "other" },
    } do
      local genuine, err = celements.webhook.verify(case[1], entry.headers[HEADER], case[2])
      assert.is_nil(genuine)
      assert.equal("unauthorized", err.kind)
    end
  end)

  it("is not signed without a key", function()
    receive {}
    inject(provision {}, 1)
    assert.is_nil(arrived(1)[1].headers[HEADER])
  end)

  for vendor, sizes in pairs { polling = { 10, 10, 5 }, webhook = { 20, 5 } } do
    it("holds a part of 25 events with " .. vendor, function()
      receive {}
      inject(provision { vendor = vendor, refresh_interval = 15 }, 25)
      local seen, ids = {}, {}
      for index, entry in ipairs(arrived(#sizes)) do
        local events, notification = assert(celements.webhook.events(entry.body))
        assert.equal(sizes[index], #events)
        assert.equal(25, #notification.message.raw.events)
        for _, event in ipairs(events) do seen[event.object_id] = true end
        ids[events[1].event_id] = true
      end
      for number = 1, 25 do assert.is_true(seen[tostring(number)]) end
      assert.equal(#sizes, #settled "delivered")
      local count = 0
      for _ in pairs(ids) do count = count + 1 end
      assert.equal(#sizes, count)
    end)
  end

  it_signs("that is not taken comes again, the same", function()
    receive { 502, 500 }
    inject(provision { signature_key = KEY }, 1)
    local list = arrived(3)
    for _, entry in ipairs(list) do
      assert.equal(list[1].body, entry.body)
      assert.equal(list[1].headers["elements-webhook-id"], entry.headers["elements-webhook-id"])
      assert.is_true(celements.webhook.verify(entry.body, entry.headers[HEADER], KEY))
    end
    local record = settled("delivered")[1]
    assert.equal(3, record.attempts)
    assert.equal(200, record.answer)
  end)

  it("that nobody takes queues until it is asked for", function()
    assert(server:fault { name = "close_before", times = 6, match = { path = "^/callback" } })
    local instance = provision {}
    inject(instance, 1)
    local record = settled("queued")[1]
    assert.equal(6, record.attempts)
    assert.is_nil(record.answer)
    assert.truthy(record.error)
    inject(instance, 1)
    assert.equal(2, #settled "queued")
    local queued = { where = { channel = "webhook", status = "queued" }, page_size = 1 }
    local ids = {}
    for delivery in client:each("/notifications/subscriptions/deliveries", queued) do
      assert.equal(instance.id, delivery.instanceId)
      table.insert(ids, delivery.eventId)
    end
    assert.equal(2, #ids)
    receive {}
    assert(client:request("PUT", "/notifications/subscriptions/deliveries", {
      query = { where = "channel='webhook' and status='queued'" },
    }))
    assert.equal(2, #settled "delivered")
  end)

  it("does not leave this machine unless a switch lets it", function()
    inject(provision { callback_url = "http://192.0.2.1/callback" }, 1)
    local record = settled("queued")[1]
    assert.truthy(record.error:find("notify_anywhere", 1, true))
    assert.equal(0, record.attempts)
  end)

  it("reaches a receiver that speaks TLS", function()
    receive {}
    inject(provision { callback_url = server.base_url_tls .. "/callback" }, 1)
    assert.equal("https", arrived(1)[1].scheme)
  end)
end)
