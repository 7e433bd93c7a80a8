-- Configuration in readable names, to the platform and back.
local celements = require "celements"
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

local SETTINGS = {
  events = {
    enabled = true, callback_url = "http://localhost/cb", signature_key = "15", vendor = "polling", type = "webhook",
    refresh_interval = 20, objects = { "customers", "orders" }, poller_urls = { "/customers", "/orders" },
    poller = {
      customers = { url = "/customers?where=x>'${date}'", pageSize = 200, idField = "id", tolerance = 0.5 },
    },
  },
  filter_nulls = false,
  username = "u",
  ["store.url"] = "https://shop.example.com",
  ["pagination.max"] = 500,
  ["other.flag"] = "true",
}

local function provision()
  local settings = { password = "p" }
  for name, value in pairs(SETTINGS) do settings[name] = value end
  return assert(client.instances:create {
    element = { key = "bigcommerce" }, configuration = assert(celements.configuration(settings)), name = "Shop",
  })
end

describe("celements.configuration", function()
  it("comes back from an instance as it went out", function()
    local instance = assert(client.instances:get(provision().id))
    local settings, masked = celements.configuration.read(instance.configuration)
    assert.same(SETTINGS, settings)
    assert.same({ "password" }, masked)
    assert.is_true(instance.eventsEnabled)
  end)

  it("comes back from the list of entries, too", function()
    local entries = assert(client:request("GET", ("/instances/%d/configuration"):format(provision().id)))
    local settings, masked = celements.configuration.read(entries)
    assert.same(SETTINGS, settings)
    assert.same({ "password" }, masked)
  end)

  it("is read, changed and written without touching what is masked", function()
    local id = provision().id
    local settings = celements.configuration.read(assert(client.instances:get(id)).configuration)
    settings.events.callback_url, settings.events.objects = celements.null, { "orders" }
    local map, warning = celements.configuration(settings)
    assert.truthy(warning:find("no callback URL", 1, true))
    local updated = assert(client.instances:update(id, { configuration = map }))
    settings.events.callback_url = nil
    assert.same(settings, (celements.configuration.read(updated.configuration)))
    assert.equal("p", assert(server:instances())[1].configuration.password)
  end)

  it("finds nothing to turn on in an instance without events", function()
    local instance = assert(client.instances:create(caller.mailjet()))
    local settings = celements.configuration.read(instance.configuration)
    assert.same({ events = { enabled = false }, filter_nulls = true }, settings)
    local map, warning = celements.configuration(settings)
    assert.same({ ["event.notification.enabled"] = "false", ["filter.response.nulls"] = "true" }, map)
    assert.is_nil(warning)
  end)
end)
