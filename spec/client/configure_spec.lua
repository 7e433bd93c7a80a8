-- Changing an instance's configuration entry by entry.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, made

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  made = assert(client.instances:create(caller.mailjet { configuration = {
    ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "secret-c9e1a4d7", ["my.a"] = "1", ["my.b"] = "2",
    ["my.c"] = "3",
  } }))
end)
after_each(function() client:close() end)

local function stored(key)
  return assert(server:instances())[1].configuration[key]
end

local function bodies()
  local list = {}
  for index, entry in ipairs(caller.arrived(server, "PATCH")) do list[index] = core.decode(entry.body) end
  return list
end

local function fail(times, fault)
  fault.match, fault.times = { method = "PATCH" }, times
  assert(server:fault(fault))
end

describe("configure", function()
  it("finds the entries by their keys and writes each whole, in the platform's text", function()
    local changed, info = assert(client.instances:configure(made.id, {
      ["event.notification.enabled"] = true, ["filter.response.nulls"] = false, ["my.a"] = 15, ["my.b"] = { 1 },
      ["my.c"] = celements.null, ["event.notification.callback.url"] = "https://example.com/",
    }))
    assert.equal(200, info.status)
    assert.equal("true", changed["event.notification.enabled"].propertyValue)
    assert.equal("15", stored("my.a"))
    assert.equal("[1]", stored("my.b"))
    assert.equal("false", stored("filter.response.nulls"))
    assert.equal("https://example.com/", stored("event.notification.callback.url"))
    local sent = bodies()
    assert.equal(6, #sent)
    assert.equal("event.notification.callback.url", sent[1].key)
    assert.equal("my.c", sent[6].key)
    assert.equal(core.null, sent[6].propertyValue)
    for _, entry in ipairs(sent) do
      assert.equal("number", type(entry.id))
      assert.equal("string", type(entry.name))
    end
    assert.equal("BOOLEAN", sent[2].type)
  end)

  it("writes every digit", function()
    assert(client.instances:configure(made.id, { ["my.a"] = 0.1, ["my.b"] = 9007199254740991 }))
    assert.equal("0.1", stored("my.a"))
    assert.equal("9007199254740991", stored("my.b"))
  end)

  it("writes a secret, and shows its mask", function()
    local changed = assert(client.instances:configure(made.id, { ["mailjet.api.secret"] = "another-secret" }))
    assert.equal("********", changed["mailjet.api.secret"].propertyValue)
    assert.equal("another-secret", stored("mailjet.api.secret"))
  end)

  it("names every unknown key, and sends nothing", function()
    local changed, err = client.instances:configure(made.id, { ["my.a"] = "x", ["no.such"] = 1, ["nor.this"] = 2 })
    assert.is_nil(changed)
    assert.equal("configuration", err.kind)
    assert.equal("no.such", err.invalid[1].key)
    assert.equal("nor.this", err.invalid[2].key)
    assert.truthy(tostring(err):find("no.such is no configuration entry of the instance; nor.this", 1, true))
    assert.same({}, bodies())
    assert.equal("1", stored("my.a"))
  end)

  it("never writes a mask, nor what JSON cannot hold, and asks for nothing then", function()
    local count = #caller.arrived(server)
    local changed, err = client.instances:configure(made.id, {
      ["mailjet.api.secret"] = "********", ["my.a"] = 0 / 0, ["my.b"] = print, ["my.c"] = { deep = { print } },
    })
    assert.is_nil(changed)
    assert.equal("configuration", err.kind)
    local text = tostring(err)
    assert.truthy(text:find("mailjet.api.secret is masked, give the real value", 1, true), text)
    assert.truthy(text:find("my.a is not a finite number", 1, true), text)
    assert.truthy(text:find("my.b is a function", 1, true), text)
    assert.truthy(text:find("my.c at deep[1] is a function", 1, true), text)
    assert.equal(4, #err.invalid)
    assert.equal(count, #caller.arrived(server))
  end)

  it("does not send the mask of a field that it does not change", function()
    fail(1, { name = "status", status = 200, body = { id = 1 } })
    assert(server:fault { name = "status", status = 200, match = { method = "GET" }, body = {
      { id = 7, key = "my.secret", propertyValue = "********", defaultValue = "********", name = "kept" },
    } })
    assert(client.instances:configure(made.id, { ["my.secret"] = "new" }))
    assert.same({ id = 7, key = "my.secret", propertyValue = "new", name = "kept" }, bodies()[1])
  end)

  it("keeps what succeeded when one entry is refused, and tries the rest", function()
    local changed, err = client.instances:configure(made.id, {
      ["filter.response.nulls"] = true, ["mailjet.api.key"] = "", ["my.a"] = "changed",
    })
    assert.is_nil(changed)
    assert.equal("rejected", err.kind)
    assert.same({ "filter.response.nulls", "my.a" }, err.changed)
    assert.same({}, err.untried)
    assert.equal(400, err.failed["mailjet.api.key"].status)
    assert.equal("changed", stored("my.a"))
    assert.truthy(tostring(err):find("mailjet.api.key: ", 1, true))
    assert.truthy(tostring(err):find("changed: filter.response.nulls, my.a", 1, true))
  end)

  it("stops where every entry would fail, and says which were not tried", function()
    fail(1, { name = "close_before" })
    local changed, err = client.instances:configure(made.id, { ["my.a"] = "x", ["my.b"] = "y", ["my.c"] = "z" })
    assert.is_nil(changed)
    assert.equal("network", err.kind)
    assert.same({}, err.changed)
    assert.same({ "my.b", "my.c" }, err.untried)
    assert.equal("2", stored("my.b"))
  end)

  it("quotes no value in what it says about a failure", function()
    fail(1, { name = "status", status = 400, body = { message = "my.a cannot be a-secret-value" } })
    local _, err = client.instances:configure(made.id, { ["my.a"] = "a-secret-value", ["my.b"] = "another-value" })
    assert.equal("rejected", err.kind)
    assert.same({ "my.b" }, err.changed)
    assert.is_nil(caller.find(err, "a-secret-value"))
    assert.is_nil(caller.find(err, "another-value"))
  end)

  it("of an unknown instance, or with a broken answer, is an error", function()
    assert.equal("not_found", (select(2, client.instances:configure(99999, { a = 1 }))).kind)
    fail(1, { name = "status", status = 200, body = "[]" })
    local _, err = client.instances:configure(made.id, { ["my.a"] = "x" })
    assert.equal("response", err.kind)
    assert.truthy(tostring(err):find("the answer holds no entry", 1, true))
  end)

  it("of nothing changes nothing", function()
    assert.same({}, (assert(client.instances:configure(made.id, {}))))
    assert.same({}, bodies())
  end)

  it("works by token", function()
    local session = client:with_token(made.token)
    assert(session.instance:configure { ["my.a"] = true })
    assert.equal("true", stored("my.a"))
    assert.truthy(caller.arrived(server, "PATCH")[1].path:find("^/instances/configuration/%d+$"))
  end)
end)
