-- Configuration in readable names: what is sent for it, and what comes back.
local caller = require "spec.support.caller"
local celements = require "celements"
local core = require "celements.core"

local configuration, null = celements.configuration, celements.null

local function refusal(settings)
  local map, err = configuration(settings)
  assert.is_nil(map)
  assert.equal("configuration", err.kind)
  return err
end

local function blamed(settings)
  return caller.blamed(function() configuration(settings) end)
end

describe("celements.configuration", function()
  it("builds the platform's keys and strings", function()
    local poller = { contacts = { url = "/contacts", idField = "id" } }
    local map, warning = configuration {
      events = {
        callback_url = "https://example.com/events", signature_key = "k", vendor = "polling", type = "webhook",
        refresh_interval = 15, objects = { "Account", "Contact" }, poller = poller, poller_urls = { "/a", "/b" },
      },
      filter_nulls = false,
      ["mailjet.api.key"] = "3b7f0c5e",
      username = "someone",
    }
    assert.is_nil(warning)
    assert.same({
      ["event.notification.enabled"] = "true",
      ["event.notification.callback.url"] = "https://example.com/events",
      ["event.notification.signature.key"] = "k",
      ["event.notification.type"] = "webhook",
      ["event.vendor.type"] = "polling",
      ["event.poller.refresh_interval"] = "15",
      ["event.objects"] = "Account,Contact",
      ["event.poller.configuration"] = poller,
      ["event.poller.urls"] = "/a|/b",
      ["filter.response.nulls"] = "false",
      ["mailjet.api.key"] = "3b7f0c5e",
      username = "someone",
    }, map)
  end)

  it("sends nothing that was not asked for", function()
    assert.same({}, configuration {})
    assert.same({ ["filter.response.nulls"] = "true" }, configuration { filter_nulls = true })
  end)

  it("turns events on wherever their table is given, unless it says otherwise", function()
    local url = "https://example.com"
    assert.equal("true", configuration({ events = { callback_url = url } })["event.notification.enabled"])
    assert.same({ ["event.notification.enabled"] = "false", ["event.notification.callback.url"] = url },
      configuration { events = { enabled = false, callback_url = url } })
    assert.same({ ["event.notification.enabled"] = "false" }, configuration { events = false })
    assert.same({ ["event.notification.enabled"] = "false", ["event.notification.callback.url"] = url },
      configuration { events = { callback_url = url }, ["event.notification.enabled"] = "false" })
  end)

  it("warns of events that have no callback URL, and refuses nothing for it", function()
    for _, settings in ipairs {
      { events = true }, { events = {} }, { events = { callback_url = null } }, { events = { callback_url = "false" } },
      { ["event.notification.enabled"] = "true" }, { ["event.notification.enabled"] = true },
    } do
      local map, warning = configuration(settings)
      assert.equal("true", tostring(map["event.notification.enabled"]))
      assert.truthy(warning:find("callback URL", 1, true))
    end
    for _, settings in ipairs {
      {}, { events = false }, { ["event.notification.enabled"] = "False" }, { ["event.notification.enabled"] = null },
      { events = true, ["event.notification.callback.url"] = "http://localhost/" },
    } do
      assert.is_nil(select(2, configuration(settings)))
    end
  end)

  it("clears what null is given for", function()
    local map = configuration { events = { enabled = false, callback_url = null, objects = null }, filter_nulls = null }
    assert.equal(null, map["event.notification.callback.url"])
    assert.equal(null, map["event.objects"])
    assert.equal(null, map["filter.response.nulls"])
  end)

  it("takes lists and polls as the platform's text, too", function()
    local map = configuration { events = { objects = "A,B", poller_urls = "/a\n/b", poller = '{"a":{}}' } }
    assert.equal("A,B", map["event.objects"])
    assert.equal("/a\n/b", map["event.poller.urls"])
    assert.equal('{"a":{}}', map["event.poller.configuration"])
  end)

  it("returns an error that names every value that cannot be right, and repeats none", function()
    local err = refusal {
      events = {
        callback_url = "ftp://s3cr3t", vendor = "s3cr3t", type = "s3cr3t", refresh_interval = 0, poller = "s3cr3t",
        objects = { "s3cr3t,x" }, poller_urls = { "s3cr3t", " " },
      },
      ["filter.response.nulls"] = "s3cr3t",
    }
    assert.is_nil(caller.find(err, "s3cr3t"))
    assert.same({
      { key = "event.notification.callback.url", reason = "must be an http or https URL" },
      { key = "event.notification.type", reason = "must be webhook" },
      { key = "event.objects", reason = "must hold names that are neither empty nor contain a comma" },
      { key = "event.poller.configuration", reason = "must be JSON" },
      { key = "event.poller.refresh_interval", reason = "must be a whole number of minutes from 1 on" },
      {
        key = "event.poller.urls",
        reason = "must hold names that are neither empty nor contain a vertical bar or a line break",
      },
      { key = "event.vendor.type", reason = "must be polling, webhook or webhooks" },
      { key = "filter.response.nulls", reason = "must be true or false" },
    }, err.invalid)
    assert.equal("events.refresh_interval must be a whole number of minutes from 1 on",
      tostring(refusal { events = { callback_url = "http://a", refresh_interval = "soon" } }))
    assert.equal("event.poller.refresh_interval", refusal({ events = { refresh_interval = 0 / 0 } }).invalid[1].key)
  end)

  it("does not take a blank text for a value", function()
    for _, name in ipairs { "callback_url", "signature_key", "vendor", "refresh_interval", "poller", "objects" } do
      for _, blank in ipairs { "", " " } do
        assert.equal("must not be blank: celements.null clears it",
          refusal({ events = { [name] = blank } }).invalid[1].reason)
      end
    end
    assert.equal("", configuration({ events = { objects = {} } })["event.objects"])
  end)

  it("raises for a readable name that is misspelt, and names the nearest", function()
    for name, near in pairs {
      event = "events", Events = "events", filterNulls = "filter_nulls", filter_null = "filter_nulls",
      callback_url = "events.callback_url", signatureKey = "events.signature_key",
    } do
      if name ~= near then
        assert.equal(("celements.configuration: unknown name '%s' (did you mean '%s'?)"):format(name, near),
          blamed { [name] = "x" })
      end
    end
    assert.equal("celements.configuration: events: unknown option 'callback' (did you mean 'callback_url'?)",
      blamed { events = { callback = "https://example.com" } })
  end)

  it("lets the own keys of every element pass", function()
    local catalogue = require "celements.catalogue"
    for _, element in ipairs(catalogue.keys()) do
      for _, entry in ipairs(catalogue.get(element).entries) do
        if entry.type ~= "boolean" and not entry.key:find("^event%.") then
          assert.same({ [entry.key] = "v" }, configuration { [entry.key] = "v" })
        end
      end
    end
    assert.same({ ["no.such.key"] = 1, enabled = "x" }, configuration { ["no.such.key"] = 1, enabled = "x" })
  end)

  it("raises for what no value of the type can be", function()
    assert.equal("celements.configuration: settings must be a table, not nil", blamed(nil))
    assert.equal("celements.configuration: option 'filter_nulls' must be a boolean, not a string",
      blamed { filter_nulls = "s3cr3t" })
    assert.equal("celements.configuration: events: option 'signature_key' must be a string, not a number",
      blamed { events = { signature_key = 4711 } })
    assert.equal("celements.configuration: 'events.objects' must be a list of strings",
      blamed { events = { objects = { a = "b" } } })
    assert.truthy(blamed { events = { poller_urls = { 5 } } })
    assert.truthy(blamed { events = null })
    assert.truthy(blamed { "x" })
  end)

  it("raises for a property that is given twice", function()
    assert.equal("celements.configuration: 'filter_nulls' and 'filter.response.nulls' are the same: give one of them",
      blamed { filter_nulls = true, ["filter.response.nulls"] = "true" })
    assert.truthy(blamed { events = { enabled = true }, ["event.notification.enabled"] = "true" })
  end)
end)

describe("celements.configuration.read", function()
  local read = configuration.read

  local MAP = {
    ["event.notification.enabled"] = "true",
    ["event.notification.callback.url"] = "https://example.com/events",
    ["event.notification.signature.key"] = "15", -- no number
    ["event.vendor.type"] = "webhooks",
    ["event.poller.refresh_interval"] = "15",
    ["event.objects"] = " Account, Contact,",
    ["event.poller.urls"] = "/a|/b\n/c",
    ["event.poller.configuration"] = '{"contacts":{"pageSize":200,"ids":[]}}',
    ["filter.response.nulls"] = "false",
    ["pagination.max"] = "200",
    ["mailjet.api.key"] = "********",
    ["password"] = "********",
    ["other.flag"] = "true",
    ["other.null"] = null,
  }
  local SETTINGS = {
    events = {
      enabled = true, callback_url = "https://example.com/events", signature_key = "15", vendor = "webhook",
      refresh_interval = 15, objects = { "Account", "Contact" }, poller_urls = { "/a", "/b", "/c" },
      poller = { contacts = { pageSize = 200, ids = {} } },
    },
    filter_nulls = false,
    ["pagination.max"] = 200,
    ["other.flag"] = "true",
    ["other.null"] = null,
  }

  it("gives values for the platform's strings, and tells what is masked", function()
    local settings, masked = read(MAP)
    assert.same(SETTINGS, settings)
    assert.same({ "mailjet.api.key", "password" }, masked)
    assert.equal("15", tostring(settings.events.refresh_interval))
  end)

  it("reads a list of entries alike", function()
    local entries = celements.array()
    for key, value in pairs(MAP) do
      table.insert(entries, { id = #entries + 1, key = key, propertyValue = value, name = key })
    end
    local settings, masked = read(entries)
    assert.same(SETTINGS, settings)
    assert.same({ "mailjet.api.key", "password" }, masked)
    assert.same({}, (read(celements.array())))
  end)

  it("leaves out common properties that have no value", function()
    assert.same({ events = { enabled = false } }, (read {
      ["event.notification.callback.url"] = null, ["event.objects"] = "", ["event.notification.enabled"] = null,
      ["filter.response.nulls"] = null, ["pagination.max"] = " ",
    }))
    assert.same({ events = { enabled = false } }, (read { ["event.notification.callback.url"] = "false" }))
    assert.same({}, (read {}))
  end)

  it("leaves as it is what it cannot understand", function()
    local odd = {
      ["filter.response.nulls"] = "yes", ["pagination.max"] = "-1", ["event.poller.configuration"] = "<xml/>",
      ["event.poller.refresh_interval"] = "99999999999999999999",
    }
    assert.same({
      filter_nulls = "yes", ["pagination.max"] = "-1",
      events = { enabled = false, poller = "<xml/>", refresh_interval = "99999999999999999999" },
    }, (read(odd)))
  end)

  it("gives what can be built again, so that reading changes nothing", function()
    local settings = read(MAP)
    local map = assert(configuration(settings))
    assert.equal(core.encode(settings.events.poller.contacts.ids), "[]")
    assert.same(settings, (read(map)))
    assert.is_nil(map["mailjet.api.key"])
    local off = read { ["event.poller.refresh_interval"] = "15" }
    assert.equal("false", configuration(off)["event.notification.enabled"])
  end)

  it("wants a table, or what an answer without a configuration has", function()
    assert.same({}, (read(nil)))
    assert.equal("celements.configuration.read: configuration must be a table, not a string",
      caller.blamed(function() read("s3cr3t") end)) -- luacheck: ignore
  end)
end)
