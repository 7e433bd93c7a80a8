-- Provisioning by key: one instance, however often it is asked for and whatever breaks.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local without = require "spec.support.without"

local server, client, store

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  store = celements.store.memory()
end)
after_each(function() client:close() end)

local function ensure(key, changes, options)
  local given = { store = store, settle = 0.5 }
  for name, value in pairs(options or {}) do given[name] = value or nil end
  return client.instances:ensure(key, caller.mailjet(changes), given)
end

local function count() return #assert(server:instances()) end

local function posts()
  local number = 0
  for _, entry in ipairs(caller.arrived(server, "POST")) do
    if entry.path:find("/instances$") then number = number + 1 end
  end
  return number
end

describe("ensure", function()
  it("provisions once for a key, and gives the same instance again", function()
    local first, info = ensure("customer 7")
    assert.equal("created", info.outcome)
    local second, again = ensure("customer 7")
    assert.equal("unchanged", again.outcome)
    assert.equal(first.id, second.id)
    assert.equal(first.token, second.token)
    assert.equal(1, count())
    assert.equal(1, posts())
    assert.truthy(client:with_token(second.token):ping())
  end)

  it("provisions another one for another key", function()
    local first, second = assert(ensure("a")), assert(ensure("b"))
    assert.not_equal(first.id, second.id)
    assert.equal(2, count())
  end)

  it("keeps the caller's tags, and tells nothing of the key", function()
    assert(ensure("customer 7", { tags = { "one", "two" } }))
    local tags = assert(server:instances())[1].tags
    assert.equal("one", tags[1])
    assert.equal("two", tags[2])
    assert.truthy(tags[3]:find("^celements%-%x+$"))
    assert.is_nil(tags[3]:find("customer", 1, true))
    assert.equal(3, #tags)
  end)

  it("keeps the rule that the name becomes a tag where none was given", function()
    for _, tags in ipairs { false, {} } do
      server:reset()
      store = celements.store.memory()
      local request = caller.mailjet { name = " <b>Bold</b> one" }
      request.tags = tags or nil
      assert(client.instances:ensure("k", request, { store = store }))
      local made = assert(server:instances())[1]
      assert.equal("Bold one", made.name)
      assert.equal("Bold one", made.tags[1])
      assert.equal(2, #made.tags)
    end
  end)

  it("leaves the request as it was", function()
    local request = caller.mailjet()
    assert(client.instances:ensure("k", request, { store = store }))
    assert.same(caller.mailjet(), request)
  end)

  it("finds the instance again without a store", function()
    local first = assert(ensure("k", nil, { store = false }))
    client:close()
    client = caller.client(server)
    local second, info = ensure("k", nil, { store = false })
    assert.equal("adopted", info.outcome)
    assert.equal(first.token, second.token)
    assert.equal(1, count())
  end)

  it("adopts with an empty store, and keeps what it adopted", function()
    local first = assert(ensure("k"))
    store = celements.store.memory()
    assert.equal("adopted", select(2, ensure("k")).outcome)
    local second, info = ensure("k")
    assert.equal("unchanged", info.outcome)
    assert.equal(first.token, second.token)
  end)

  it("makes again what was deleted", function()
    local first = assert(ensure("k"))
    assert(client.instances:delete(first.id))
    local second, info = ensure("k")
    assert.equal("created", info.outcome)
    assert.not_equal(first.token, second.token)
    assert.equal(1, count())
  end)

  it("gives the stored instance with the error when it cannot be read", function()
    local first = assert(ensure("k"))
    assert(server:fault { name = "status", status = 500, times = 9, match = { method = "GET" } })
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("server", err.kind)
    assert.equal(first.token, err.instance.token)
  end)

  it("sends nothing when something is missing", function()
    local none, err = ensure("k", { configuration = { ["mailjet.api.key"] = "a" } })
    assert.is_nil(none)
    assert.same({ "mailjet.api.secret" }, err.missing)
    assert.equal(0, #caller.arrived(server))
  end)

  it("keeps no intent of what was refused", function()
    assert.is_nil((ensure("k", { configuration = { ["mailjet.api.key"] = sandbox.reserved.REJECTED,
      ["mailjet.api.secret"] = "b" } })))
    for name in store:each() do error("left: " .. name) end
    assert.equal("created", select(2, ensure("k")).outcome)
  end)

  it("says what to install, and sends no creation", function()
    for _, name in ipairs { "digest", "hmac", "rand" } do
      without("openssl." .. name, function()
        local none, err = ensure("k")
        assert.is_nil(none)
        assert.equal("unavailable", err.kind)
        assert.truthy(err.hint:find("lua-luaossl", 1, true))
      end)
    end
    assert.equal(0, posts())
    assert.equal("created", select(2, ensure("k")).outcome)
  end)

  it("raises for what cannot be asked", function()
    local function ask(...)
      local arguments = { ... }
      return caller.blamed(function() client.instances:ensure(arguments[1], arguments[2], arguments[3]) end)
    end
    assert.truthy(ask(7, {}):find("key must be a string", 1, true))
    assert.truthy(ask("k", "x"):find("request must be a table", 1, true))
    assert.truthy(ask("k", {}, { store = {} }):find("is no store", 1, true))
    assert.truthy(ask("k", {}, { on_change = "ignore" }):find("on_change", 1, true))
    assert.truthy(ask("", {}):find("key must be a non-empty string", 1, true))
    assert.truthy(ask("k", {}, { headers = { Authorization = "x" } }):find("header Authorization", 1, true))
  end)
end)

describe("a creation of unknown fate", function()
  for _, fault in ipairs {
    { name = "close_after" }, { name = "status", status = 504, work = true }, { name = "reset", work = true },
    { name = "truncated" }, { name = "invalid_json" }, { name = "empty", work = true },
  } do
    it("is looked up and adopted: " .. fault.name, function()
      fault.match = { method = "POST" }
      assert(server:fault(fault))
      local instance, info = ensure("k")
      assert.equal("adopted", info.outcome)
      assert.equal(assert(server:instances())[1].token, instance.token)
      assert.equal(1, posts())
      assert.equal("unchanged", select(2, ensure("k")).outcome)
    end)
  end

  it("is adopted when the listing lags behind", function()
    assert(server:configure { list_delay = 1 })
    assert(server:fault { name = "close_after", match = { method = "POST" } })
    local instance, info = ensure("k", nil, { settle = 5 })
    assert.truthy(instance, tostring(info))
    assert.equal("adopted", info.outcome)
    assert.equal(1, count())
  end)

  it("is sent again when it did not happen", function()
    assert(server:fault { name = "close_before", match = { method = "POST" } })
    local instance, info = ensure("k")
    assert.truthy(instance, tostring(info))
    assert.equal("created", info.outcome)
    assert.equal(1, count())
    assert.equal(2, posts())
  end)

  it("is not sent again while it cannot be told", function()
    assert(server:fault { name = "close_after", match = { method = "POST" } })
    local inner = store
    store = {}
    for _, name in ipairs { "get", "delete", "each", "lock", "close" } do
      store[name] = function(_, ...) return inner[name](inner, ...) end
    end
    function store.put(_, ...)
      assert(server:fault { name = "status", status = 500, times = 99, match = { method = "GET" } })
      return inner:put(...)
    end
    local none, err = ensure("k", nil, { timeout = 2 })
    assert.is_nil(none)
    assert.is_true(err.maybe_sent)
    assert.equal(1, posts())
    assert.equal(1, count())
  end)

  it("is reported when several instances carry the tag, and none is chosen", function()
    local first = assert(ensure("k"))
    local tags = assert(client.instances:get(first.id)).tags
    assert(client.instances:create(caller.mailjet { tags = tags }))
    store = celements.store.memory()
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("conflict", err.kind)
    assert.equal(2, #err.matches)
    assert.is_nil(caller.find(tostring(err), first.token))
  end)
end)

describe("a changed request", function()
  local secret = { configuration = { ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "changed-1f2e" } }

  it("is an error that names what changed and holds no value", function()
    local first = assert(ensure("k"))
    local none, err = ensure("k", { configuration = secret.configuration, tags = { "other" } })
    assert.is_nil(none)
    assert.equal("conflict", err.kind)
    assert.same({ "configuration.mailjet.api.secret", "tags" }, err.changed)
    assert.equal(first.token, err.instance.token)
    assert.is_nil(tostring(err):find("changed-1f2e", 1, true))
  end)

  it("is an update when asked, which keeps the tag", function()
    local first = assert(ensure("k"))
    local second, info = ensure("k", { name = "Renamed", configuration = secret.configuration },
      { on_change = "update" })
    assert.equal("updated", info.outcome)
    assert.equal(first.id, second.id)
    assert.equal("Renamed", second.name)
    assert.equal("changed-1f2e", assert(server:instances())[1].configuration["mailjet.api.secret"])
    local _, again = ensure("k", { name = "Renamed", configuration = secret.configuration })
    assert.equal("unchanged", again.outcome)
    store = celements.store.memory()
    assert.equal("adopted", select(2, ensure("k", { name = "Renamed" })).outcome)
  end)

  it("never moves an instance to another element", function()
    assert(ensure("k"))
    local none, err = ensure("k", { element = { key = "sendgrid" } }, { on_change = "update", check = false })
    assert.is_nil(none)
    assert.same({ "element.key" }, err.changed)
  end)

  it("is seen without a record where the platform shows it", function()
    local function with(value)
      return { ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "secret-c9e1a4d7", pollMinutes = value }
    end
    local first = assert(ensure("k", { configuration = with(5) }))
    for part, changes in pairs {
      name = { name = "Renamed" },
      ["element.key"] = { element = { key = "sendgrid" } },
      ["element.id"] = { element = { id = 77 } },
      ["configuration.pollMinutes"] = { configuration = with(6) },
    } do
      store = celements.store.memory()
      local none, err = ensure("k", changes, { check = false })
      assert.is_nil(none)
      assert.same({ part }, err.changed)
      assert.equal(first.token, err.instance.token)
    end
    for _, changes in ipairs {
      { configuration = with "5" }, { configuration = with(5.0) }, { name = "<b>Newsletter</b> sender" }, secret,
    } do
      store = celements.store.memory()
      assert.equal("adopted", select(2, ensure("k", changes)).outcome)
    end
  end)

  it("is none when only the order of keys, or a code of one use, differs", function()
    assert(ensure("k", { providerData = { code = "one" } }))
    assert.equal("unchanged", select(2, ensure("k", { providerData = { code = "two" } })).outcome)
    local there, back = {}, {}
    for number = 1, 40 do there["key" .. number], back["key" .. 41 - number] = number, 41 - number end
    assert(ensure("l", { extra = there }))
    assert.equal("unchanged", select(2, ensure("l", { extra = back })).outcome)
  end)

  it("is none when a value is the same on the wire", function()
    assert(ensure("k", { configuration = { ["mailjet.api.key"] = "key", ["mailjet.api.secret"] = "secret",
      ["filter.response.nulls"] = true } }))
    assert.equal("unchanged", select(2, ensure("k", { configuration = { ["mailjet.api.key"] = "key",
      ["mailjet.api.secret"] = "secret", ["filter.response.nulls"] = "true" } })).outcome)
  end)
end)

describe("a record", function()
  it("holds the token but no value of the request", function()
    local instance = assert(ensure("customer 7"))
    local number = 0
    for name, text in store:each() do
      number = number + 1
      assert.is_nil(name:find("customer", 1, true))
      local value = core.decode(text)
      assert.equal(instance.token, value.instance.token)
      assert.is_nil(text:find("secret-c9e1a4d7", 1, true))
      assert.is_nil(text:find("key-3b7f0c5e", 1, true))
    end
    assert.equal(1, number)
  end)

  it("of a newer version is not touched", function()
    assert(ensure("k"))
    local name = store:each()()
    assert(store:put(name, '{"version":99}'))
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.truthy(err.message:find("newer version", 1, true))
    assert.equal('{"version":99}', store:get(name))
  end)

  it("that cannot be written keeps the creation from being sent", function()
    local broken = celements.store.memory()
    broken.put = function()
      return nil, require("celements.errors").new { kind = "unavailable", message = "disk full" }
    end
    store = broken
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("disk full", err.message)
    assert.equal(0, posts())
  end)
end)
