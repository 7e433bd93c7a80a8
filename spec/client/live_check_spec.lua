-- Creations that are checked by what the platform says of the element.
local caller = require "spec.support.caller"
local celements = require "celements"
local sandbox = require "celements.sandbox"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)

local LIVE = { check = "live" }

local function answer(entries)
  assert(server:fault {
    name = "status", status = 200, body = entries, match = { method = "GET", path = "/configuration$" },
  })
end

local function bigcommerce(configuration)
  return { element = { key = "bigcommerce" }, name = "shop", configuration = configuration }
end

describe("a creation that is checked live", function()
  it("names everything that is missing at once, and sends nothing", function()
    local instance, err = client.instances:create(bigcommerce { ["store.url"] = " " }, LIVE)
    assert.is_nil(instance)
    assert.equal("configuration", err.kind)
    assert.same({ "username", "password", "store.url" }, err.missing)
    assert.equal("missing configuration for bigcommerce: username, password, store.url", tostring(err))
    assert.same({}, caller.arrived(server, "POST"))
    assert.equal("/elements/bigcommerce/configuration", caller.arrived(server)[1].path)
  end)

  it("takes an entry for a misspelt one only when the element has none of its name", function()
    local function refused(configuration)
      answer { { key = "ab.cd.key1", required = true }, { key = "ab.cd.key2", required = true } }
      local own = caller.client(server)
      local _, err = own.instances:create({ element = { key = "young" }, name = "x", configuration = configuration },
        LIVE)
      own:close()
      return tostring(err)
    end
    assert.equal("missing configuration for young: ab.cd.key1", refused { ["ab.cd.key1"] = "", ["ab.cd.key2"] = "b" })
    assert.equal("missing configuration for young: ab.cd.key1 ('ab.cd.kye1' is there: should it be 'ab.cd.key1'?)",
      refused { ["ab.cd.kye1"] = "a", ["ab.cd.key2"] = "b" })
  end)

  it("is made when nothing is", function()
    local instance = assert(client.instances:create(bigcommerce {
      username = "u", password = "p", ["store.url"] = "https://x.example",
    }, LIVE))
    assert.equal("bigcommerce", instance.element.key)
    assert(client.instances:create(caller.mailjet(), LIVE))
  end)

  it("names too long values and those of the wrong type, with placeholders, without the values", function()
    answer { { key = "short", type = "TEXTFIELD_32" }, { key = "flag", type = "BOOLEAN" },
      { key = "wanted", required = true }, { key = "left", type = "BOOLEAN", required = true } }
    local _, err = client.instances:create(bigcommerce {
      short = ("s3cr3t"):rep(6), flag = "s3cr3t", left = "<INSERT_LEFT>", ["event.vendor.type"] = "s3cr3t",
    }, LIVE)
    assert.equal("configuration", err.kind)
    assert.same({ "wanted" }, err.missing)
    assert.same({ "configuration.left" }, err.placeholders)
    assert.same({
      { key = "event.vendor.type", reason = "must be polling, webhook or webhooks" },
      { key = "short", reason = "is longer than 32 characters" }, { key = "flag", reason = "must be true or false" },
    }, err.invalid)
    assert.is_nil(caller.find(err, "s3cr3t"))
  end)

  it("believes the platform rather than the built-in catalogue", function()
    answer { { key = "mailjet.api.key", required = true }, { key = "mailjet.api.secret", required = true,
      defaultValue = "the account's" } }
    assert(server:fault { name = "status", status = 500, match = { method = "POST" } })
    local _, err = client.instances:create(caller.mailjet { configuration = { ["mailjet.api.key"] = "k" } }, LIVE)
    assert.equal("server", err.kind)
    assert.equal(1, #caller.arrived(server, "POST"))
  end)

  it("can name its element by number", function()
    local _, err = client.instances:create({ element = { id = 274 }, name = "x", configuration = {} }, LIVE)
    assert.same({ "username", "password", "store.url" }, err.missing)
    assert(client.instances:create(caller.mailjet { element = { key = "mailjet", id = 84 } }, LIVE))
  end)

  it("can have its element named by the path", function()
    for _, element in ipairs { "bigcommerce", 274, "274" } do
      assert(server:reset())
      local request = { name = "shop", configuration = { username = "u" } }
      local _, err = client.instances:create(request, { check = "live", element = element })
      assert.same({ "password", "store.url" }, err.missing)
      assert.same({}, caller.arrived(server, "POST"))
      request.configuration = { username = "u", password = "p", ["store.url"] = "https://x.example" }
      local made, info = assert(client.instances:create(request, { check = "live", element = element, verify = true }))
      assert.equal("bigcommerce", made.element.key)
      assert.is_true(info.verified)
      assert.equal(("/elements/%s/instances"):format(element), caller.arrived(server, "POST")[1].path)
    end
  end)

  it("asks as often as the call says", function()
    assert(server:fault { name = "status", status = 503, times = 9 })
    client.instances:create(caller.mailjet(), { check = "live", retries = 0 })
    assert.equal(1, #caller.arrived(server))
  end)

  it("says why the configuration could not be had, and sends nothing", function()
    local _, err = client.instances:create({ element = { key = "nosuch" }, name = "x" }, LIVE)
    assert.equal("not_found", err.kind)
    assert.equal("/elements/nosuch/configuration", err.path)
    for kind, fault in pairs {
      server = { name = "status", status = 500, times = 9 }, network = { name = "reset", times = 9 },
      response = { name = "status", status = 200, body = "{}" },
    } do
      assert(server:fault(fault))
      _, err = client.instances:create(caller.mailjet(), LIVE)
      assert.equal(kind, err.kind)
      assert.equal("/elements/mailjet/configuration", err.path)
      assert(server:clear_faults())
    end
    answer { { name = "no key" } }
    assert.equal("response", select(2, client.instances:create(caller.mailjet(), LIVE)).kind)
    assert.same({}, caller.arrived(server, "POST"))
    assert(client.instances:create(caller.mailjet(), LIVE)) -- no failure is remembered
  end)

  it("says what is wrong without the platform when the platform cannot be asked", function()
    assert(server:fault { name = "status", status = 500, times = 9 })
    local _, err = client.instances:create(caller.mailjet { name = "<INSERT_NAME>" }, LIVE)
    assert.same({ "name" }, err.placeholders)
  end)

  it("raises for another word", function()
    assert.equal("instances:create: option 'check' must be true, false or 'live'",
      caller.blamed(function() client.instances:create(caller.mailjet(), { check = "alive" }) end))
    assert.equal("instances:create_many: option 'check' must be true, false or 'live'",
      caller.blamed(function() client.instances:create_many({}, { check = "alive" }) end))
  end)
end)

describe("an element's configuration", function()
  it("is fetched once for a client", function()
    for _ = 1, 3 do assert(client.instances:create(caller.mailjet(), LIVE)) end
    assert.equal(1, #caller.arrived(server, "GET"))
    assert(caller.client(server).instances:create(caller.mailjet(), LIVE))
    assert.equal(2, #caller.arrived(server, "GET"))
  end)

  it("is fetched again when its time is over", function()
    local hasty = caller.client(server, { configuration_ttl = 0.001 })
    for _ = 1, 3 do
      assert(hasty.instances:create(caller.mailjet(), LIVE))
      celements.sleep(0.02)
    end
    assert.equal(3, #caller.arrived(server, "GET"))
  end)

  local function create_three()
    return celements.map({ 1, 2, 3 }, function() return client.instances:create(caller.mailjet(), LIVE) end)
  end

  it("is fetched once for calls at the same time", function()
    local made, errors = create_three()
    assert.is_nil(next(errors))
    assert.equal(3, made.n)
    assert.equal(1, #caller.arrived(server, "GET"))
    assert.equal(3, #caller.arrived(server, "POST"))
  end)

  it("that cannot be had is told to all who wait for it", function()
    assert(server:fault { name = "status", status = 500, match = { method = "GET" }, times = 9 })
    local _, errors = create_three()
    for index = 1, 3 do assert.equal("server", errors[index].kind) end
    local asked = #caller.arrived(server, "GET")
    assert(server:clear_faults())
    assert(create_three()[3])
    assert.equal(asked + 1, #caller.arrived(server, "GET"))
  end)

  it("is fetched by the next one when the first is cancelled", function()
    assert(server:fault { name = "delay", seconds = 30, match = { method = "GET" } })
    local function work() return client.instances:create(caller.mailjet(), LIVE) end
    local first, second = celements.spawn(work), celements.spawn(work)
    while #caller.arrived(server, "GET") == 0 do celements.sleep(0.01) end
    first:cancel()
    assert(second:wait())
    assert.equal("cancelled", select(2, first:wait()).kind)
  end)

  it("is asked for within the call's own timeout", function()
    assert(server:fault { name = "delay", seconds = 30, match = { method = "GET" } })
    local _, err = client.instances:create(caller.mailjet(), { check = "live", timeout = 0.1 })
    assert.equal("timeout", err.kind)
    assert.is_nil(err.maybe_sent)
  end)
end)
