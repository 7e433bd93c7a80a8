-- What the platform tells of a whole account, read with the client.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function() client:close() end)

describe("the hubs", function()
  it("are listed, read and gone through", function()
    local keys = assert(client:request("GET", "/hubs/keys"))
    assert.equal("messaging", keys[1])
    local count = 0
    for hub in client:each "/hubs" do
      count = count + 1
      assert.equal(keys[count], hub.key)
      assert.is_nil(hub.resources)
    end
    assert.equal(#keys, count)
    assert.is_table(assert(client:request("GET", "/hubs", { query = { hydrate = true } }))[1].resources)
    assert.equal(1, assert(client:request("GET", "/hubs/messaging")).id)
    local of_hub = {}
    for element in client:each "/hubs/messaging/elements" do of_hub[element.key] = true end
    assert.is_true(of_hub.mailjet)
    assert.equal("not_found", select(2, client:request("GET", "/hubs/nosuch")).kind)
  end)
end)

describe("the account's instances", function()
  it("are gone through, with less of their element", function()
    for _, path in ipairs { "/accounts/instances", "/accounts/1/instances" } do
      assert(server:reset())
      assert.same({}, (assert(client:pages(path):next())))
      assert(server:seed(5))
      local names = {}
      for instance, info in client:each(path, { page_size = 2 }) do
        assert.equal(5, info.total)
        assert.equal("mailjet", instance.element.key)
        assert.is_nil(instance.element.description)
        table.insert(names, instance.name)
      end
      assert.same({ "Seeded 1", "Seeded 2", "Seeded 3", "Seeded 4", "Seeded 5" }, names)
    end
    assert.equal("not_found", select(2, client:pages("/accounts/7/instances"):next()).kind)
  end)
end)

describe("the account's events", function()
  local HOUR = { from = "2018-05-01T10:00:00Z", to = "2018-05-01T11:00:00Z", interval = "minute" }

  it("are counted for each interval, both ends included", function()
    local counts = assert(client.instances:event_analytics(HOUR))
    assert.equal(61, #counts)
    assert.same({ timestamp = "2018-05-01T10:00:00Z", count = 0 }, counts[1])
  end)

  it("are counted for each instance and each account", function()
    local made = assert(client.instances:create {
      element = { key = "bigcommerce" }, name = "Shop",
      configuration = {
        username = "u", password = "p", ["store.url"] = "https://x.example", ["event.notification.enabled"] = true,
      },
    })
    assert(client:request("POST", "/events/bigcommerce", {
      headers = { ["Element-Instances"] = made.id }, body = { objectId = 1, objectType = "orders" },
    }))
    local total = 0
    for _, bucket in ipairs(assert(client.instances:event_analytics { by = "instances" })) do
      for _, record in ipairs(bucket.records) do
        assert.equal(made.id, record.instanceId)
        total = total + record.count
      end
    end
    assert.equal(1, total)
    assert(client.instances:event_analytics { by = "accounts", account_ids = { 1 } })
    assert.equal("forbidden", select(2, client.instances:event_analytics { by = "accounts", account_ids = { 7 } }).kind)
    assert.equal("rejected", select(2, client.instances:event_analytics { interval = "fortnight" }).kind)
  end)

  it("are kept for each instance, and read by id and by token", function()
    local made = assert(client.instances:create {
      element = { key = "bigcommerce" }, name = "Shop",
      configuration = {
        username = "u", password = "p", ["store.url"] = "https://x.example", ["event.notification.enabled"] = true,
      },
    })
    for number = 1, 3 do
      assert(client:request("POST", "/events/bigcommerce", {
        headers = { ["Element-Instances"] = made.id }, body = { objectId = number, objectType = "orders" },
      }))
    end
    local session, ids = client:with_token(made.token), {}
    for event in client.instances:each_event(made.id, { page_size = 2 }) do
      table.insert(ids, event.id)
      assert.equal("NEW", event.status)
      assert.equal(event.id, assert(client.instances:event(made.id, event.id)).id)
      assert.equal(event.providerData, assert(session.instance:event(event.id)).providerData)
    end
    assert.equal(3, #ids)
    local first, info = assert(session.instance:events { page_size = 2 })
    assert.equal(ids[1], first[1].id)
    local rest = {}
    for event in session.instance:each_event { next_page = info.next_page } do table.insert(rest, event.id) end
    assert.same({ ids[3] }, rest)
    assert.equal("not_found", select(2, session.instance:event "none").kind)
    session:close()
  end)
end)

describe("the account's instances whose poller was shut off", function()
  it("come in pages", function()
    for number = 1, 3 do
      local made = assert(client.instances:create(caller.mailjet { name = "Off " .. number }))
      assert(server:flag(made.id, { polling_disabled = true }))
    end
    local list, info = assert(client.instances:polling_disabled { page_size = 2 })
    assert.equal(2, #list)
    assert.equal("Off 3", assert(client.instances:polling_disabled { next_page = info.next_page })[1].name)
  end)
end)

describe("a secret", function()
  it("that is refused once is no reason to refuse the next call", function()
    assert(server:fault { name = "status", status = 401 })
    assert.equal("unauthorized", select(2, client.instances:list()).kind)
    assert.same({}, (assert(client.instances:list())))
  end)
end)
