-- Changing an instance: only what is given changes, and what the platform masked is never written back.
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client, made

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  made = assert(client.instances:create(caller.mailjet()))
end)
after_each(function() client:close() end)

local function sent()
  local entries = caller.arrived(server, "PATCH")
  return core.decode(entries[#entries].body), entries[#entries].body
end

local function stored()
  return assert(server:instances())[1]
end

describe("an update", function()
  it("sends what is given, as a PATCH to the instance", function()
    local instance, info = assert(client.instances:update(made.id, { name = "Renamed" }))
    assert.equal("Renamed", instance.name)
    assert.equal(200, info.status)
    local _, text = sent()
    assert.equal('{"name":"Renamed"}', text)
    assert.equal("/instances/" .. made.id, caller.arrived(server, "PATCH")[1].path)
  end)

  it("replaces tags as a whole, also by none", function()
    assert(client.instances:update(made.id, { tags = { "a", "b" } }))
    assert.same({ "a", "b" }, { stored().tags[1], stored().tags[2] })
    assert(client.instances:update(made.id, { tags = {} }))
    local _, text = sent()
    assert.equal('{"tags":[]}', text)
    assert.equal(0, #stored().tags)
  end)

  it("changes one configuration entry and keeps the rest", function()
    assert(client.instances:update(made.id, { configuration = { ["filter.response.nulls"] = "false" } }))
    local configuration = stored().configuration
    assert.equal("false", configuration["filter.response.nulls"])
    assert.equal("key-3b7f0c5e", configuration["mailjet.api.key"])
    assert.equal("secret-c9e1a4d7", configuration["mailjet.api.secret"])
  end)

  it("moves it to another element", function()
    assert.equal("mailjetmarketing", assert(client.instances:update(made.id, { element = { id = 87 } })).element.key)
    assert.equal("mailjetmarketing", assert(client.instances:get(made.id)).element.key)
  end)

  it("of a fetched instance never sends a masked value, and keeps every other key", function()
    assert(client.instances:update(made.id, { configuration = { ["my.own"] = "kept", ["event.metadata"] = "{}" } }))
    local instance = assert(client.instances:get(made.id))
    assert.equal("********", instance.configuration["mailjet.api.secret"])
    instance.name = "Changed"
    assert(client.instances:update(made.id, instance))
    local body, text = sent()
    assert.is_nil(text:find("********", 1, true))
    assert.is_nil(body.configuration["mailjet.api.secret"])
    assert.equal("kept", body.configuration["my.own"])
    assert.equal("{}", body.configuration["event.metadata"])
    assert.equal(core.null, body.configuration["event.notification.callback.url"])
    for name in pairs(instance) do assert.is_true(body[name] ~= nil, name) end
    assert.equal("secret-c9e1a4d7", stored().configuration["mailjet.api.secret"])
    assert.equal("Changed", stored().name)
  end)

  it("of a fetched instance sends its empty lists and maps as they came", function()
    local instance = assert(client.instances:get(made.id))
    assert(client.instances:update(made.id, instance))
    local _, text = sent()
    assert.truthy(text:find('"provisionInteractions":[]', 1, true))
    assert.truthy(text:find('"parameters":[]', 1, true))
    assert.truthy(text:find('"authentication":{}', 1, true))
    assert.truthy(text:find('"id":' .. made.id .. "[,}]"))
  end)

  it("leaves the table that it was given as it was", function()
    local changes = { configuration = { ["mailjet.api.secret"] = "********", other = "x" }, tags = {} }
    changes.element = { key = "mailjet", configuration = { ["mailjet.api.secret"] = "********" } }
    assert(client.instances:update(made.id, changes))
    assert.equal("********", changes.configuration["mailjet.api.secret"])
    assert.equal("********", changes.element.configuration["mailjet.api.secret"])
    assert.is_nil(getmetatable(changes.tags))
  end)

  it("without anything but masks sends no configuration at all", function()
    assert(client.instances:update(made.id, { configuration = { ["mailjet.api.secret"] = "********" } }))
    local _, text = sent()
    assert.equal("{}", text)
  end)

  it("with a new secret sends it", function()
    assert(client.instances:update(made.id, { configuration = { ["mailjet.api.secret"] = "new-secret" } }))
    assert.equal("new-secret", stored().configuration["mailjet.api.secret"])
  end)

  it("that signs in to the provider again has the time of a creation", function()
    client.instances._context.provision_timeout = 0.5 -- shorter than of other calls, instead of longer
    assert(server:fault { name = "delay", seconds = 1, times = 3, match = { path = "^/instances/%d+$" } })
    for _, changes in ipairs { { configuration = { pollMinutes = 5 } }, { providerData = { code = "c" } } } do
      assert.equal("timeout", (select(2, client.instances:update(made.id, changes))).kind)
    end
    assert(client.instances:update(made.id, { name = "Renamed" }))
  end)

  it("sends a value that only looks like a mask", function()
    for _, value in ipairs { "*******", "*********", " ********", "********x" } do
      assert(client.instances:update(made.id, { configuration = { ["my.own"] = value } }))
      assert.equal(value, stored().configuration["my.own"])
    end
  end)

  it("keeps the masked secret, and never sends the mask, through any of the calls that take a body", function()
    local instance = assert(client.instances:get(made.id))
    local _, err = client.instances:create(instance)
    assert.equal("configuration", err.kind)
    assert.truthy(tostring(err):find("mailjet.api.secret is masked", 1, true))
    assert.is_nil(caller.arrived(server, "POST")[2])
  end)

  it("of an unknown instance is an error", function()
    local instance, err = client.instances:update(99999, { name = "x" })
    assert.is_nil(instance)
    assert.equal("not_found", err.kind)
    assert.equal("PATCH", err.method)
  end)

  it("that the provider refuses says so, without the value", function()
    local instance, err = client.instances:update(made.id, {
      configuration = { ["mailjet.api.key"] = sandbox.reserved.REJECTED },
    })
    assert.is_nil(instance)
    assert.equal("provider", err.kind)
    assert.is_nil(caller.find(err, sandbox.reserved.REJECTED))
  end)

  it("is not repeated when its connection breaks after the work", function()
    assert(client.instances:get(made.id))
    assert(server:fault { name = "close_after", match = { method = "PATCH" }, times = 5 })
    local instance, err = client.instances:update(made.id, { name = "Once" })
    assert.is_nil(instance)
    assert.equal("network", err.kind)
    assert.is_true(err.maybe_sent)
    assert.is_false(err.retryable)
    assert.equal(1, #caller.arrived(server, "PATCH"))
    assert.equal("Once", stored().name)
  end)

  it("is not taken for done when the answer holds no instance", function()
    assert(server:fault { name = "empty", match = { method = "PATCH" } })
    local instance, err = client.instances:update(made.id, { name = "x" })
    assert.is_nil(instance)
    assert.equal("response", err.kind)
    assert.is_true(err.maybe_sent)
  end)
end)
