-- Provisioning by key, whatever the platform's answers look like and whatever the request does.
local celements = require "celements"
local core = require "celements.core"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

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
  for name, value in pairs(options or {}) do given[name] = value end
  return client.instances:ensure(key, caller.mailjet(changes), given)
end

local function only()
  local made = assert(server:instances())
  assert.equal(1, #made)
  return made[1]
end

-- The next listing is this one.
local function list_once(body)
  assert(server:fault { name = "status", status = 200, body = core.encode(body),
    match = { method = "GET", path = "^/instances$" } })
end

describe("the tags of a request", function()
  it("may be those of the instance itself", function()
    local first = assert(ensure("k"))
    local fetched = assert(client.instances:get(first.id))
    store = celements.store.memory()
    local second, info = ensure("k", { tags = fetched.tags })
    assert.equal("adopted", info.outcome)
    assert.equal(first.token, second.token)
    assert.equal("unchanged", select(2, ensure("k")).outcome)
    assert.equal("updated", select(2, ensure("k", { tags = fetched.tags, name = "Renamed" },
      { on_change = "update" })).outcome)
    assert.same({ "newsletter", record.tag "k" }, only().tags)
  end)

  it("may be those of another key's instance, which stays the other key's", function()
    local first = assert(ensure("one"))
    local second = assert(ensure("two", { tags = assert(client.instances:get(first.id)).tags }))
    assert.not_equal(first.id, second.id)
    store = celements.store.memory()
    assert.equal(first.token, assert(ensure("one")).token)
    assert.equal(second.token, assert(ensure("two")).token)
  end)

  it("must be a list", function()
    for _, tags in ipairs { "newsletter", { a = "b" }, 7, true } do
      local none, err = ensure("k", { tags = tags }, { check = false })
      assert.is_nil(none)
      assert.equal("configuration", err.kind)
      assert.truthy(err.message:find("tags", 1, true))
    end
    assert.equal(0, #caller.arrived(server))
    assert.truthy(ensure("k", { tags = core.null }))
    assert.equal("Newsletter sender", only().tags[1])
  end)
end)

describe("a request that cannot be sent", function()
  it("leaves neither intent nor lock", function()
    local endless = caller.mailjet()
    endless.extra = endless
    for _, request in ipairs { caller.mailjet { extra = print }, caller.mailjet { extra = 0 / 0 }, endless } do
      local none, err = client.instances:ensure("k", request, { store = store })
      assert.is_nil(none)
      assert.equal("configuration", err.kind)
    end
    for _, options in ipairs { { headers = { x = {} } }, { query = { x = {} } } } do
      options.store = store
      caller.blamed(function() client.instances:ensure("k", caller.mailjet(), options) end)
    end
    for name in store:each() do error("left: " .. name) end
    assert(store:lock(record.name(record.tag "k")))
    assert.equal(0, #caller.arrived(server))
  end)
end)

describe("a listing", function()
  for switch, values in pairs { tags = { "objects", "absent" }, generation = { "classic" } } do
    for _, value in ipairs(values) do
      it(("may be of another shape: %s %s"):format(switch, value), function()
        assert(server:configure { [switch] = value })
        assert(server:fault { name = "close_after", match = { method = "POST" } })
        local first, info = ensure("k")
        assert.truthy(first, tostring(info))
        assert.equal("adopted", info.outcome)
        assert.equal("unchanged", select(2, ensure("k")).outcome)
        assert.equal(first.token, only().token)
      end)
    end
  end

  it("that does not heed the tag leads to nobody else's instance", function()
    local other = assert(client.instances:create(caller.mailjet()))
    list_once { { id = other.id, name = "x", token = other.token, element = { key = "mailjet" }, valid = true,
      tags = { "newsletter" } } }
    local own, info = ensure("k")
    assert.equal("created", info.outcome)
    assert.not_equal(other.token, own.token)
  end)

  it("that does not tell tags is no reason to make another one", function()
    list_once { { id = 5, name = "x", token = "t", element = { key = "mailjet" }, valid = true } }
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("response", err.kind)
    assert.is_nil(err.maybe_sent)
    assert.equal(0, #assert(server:instances()))
  end)

  it("that shows an instance twice is no conflict", function()
    local first = assert(ensure("k"))
    local shown = assert(client.instances:list())
    table.insert(shown, shown[1])
    store = celements.store.memory()
    list_once(shown)
    local own, info = ensure("k")
    assert.equal("adopted", info.outcome)
    assert.equal(first.token, own.token)
  end)

  it("that leaves the token out is asked about it", function()
    local first = assert(ensure("k"))
    local shown = assert(client.instances:list())
    shown[1].token = nil
    store = celements.store.memory()
    list_once(shown)
    assert.equal(first.token, assert(ensure("k")).token)
    assert.equal("unchanged", select(2, ensure("k")).outcome)
    store = celements.store.memory()
    list_once(shown)
    assert(server:fault { name = "status", status = 200, body = core.encode(shown[1]),
      match = { method = "GET", path = "/instances/%d+$" } })
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("response", err.kind)
    assert.equal(first.id, err.instance.id)
  end)

  it("with nothing in it but a status is no proof that there is none", function()
    assert(server:fault { name = "status", status = 200, body = "", match = { method = "GET" } })
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("response", err.kind)
  end)

  it("is made without the query of the creation, and as often as that is", function()
    local options = { query = { tags = "none" }, retries = 0 }
    local first = assert(ensure("k", nil, options))
    store = celements.store.memory()
    assert.equal(first.token, assert(ensure("k", nil, options)).token)
    store = celements.store.memory()
    assert(server:fault { name = "status", status = 503, match = { method = "GET" } })
    assert.equal(1, #select(2, ensure("k", nil, options)).tries)
  end)

  it("that says 404 for another reason is no reason either", function()
    assert(server:fault { name = "status", status = 404, match = { method = "GET" } })
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("not_found", err.kind)
    assert.equal(0, #assert(server:instances()))
  end)

  it("that still shows what was deleted does not bring it back", function()
    local first = assert(ensure("k"))
    local shown = assert(client.instances:list())
    assert(client.instances:delete(first.id))
    list_once(shown)
    local second, info = ensure("k")
    assert.equal("created", info.outcome)
    assert.not_equal(first.id, second.id)
    assert.equal(second.token, only().token)
  end)
end)

describe("a creation", function()
  it("that is refused after one of unknown fate leaves nothing open", function()
    assert(server:fault { name = "close_before", match = { method = "POST" } })
    assert(server:fault { name = "status", status = 401, match = { method = "POST" } })
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("unauthorized", err.kind)
    assert.same({}, assert(client:recover(store)))
    assert.equal("created", select(2, ensure("k")).outcome)
    assert.truthy(only())
  end)

  it("that does not happen is given up after the third, and looked for when asked again", function()
    assert(server:fault { name = "close_before", times = 3, match = { method = "POST" } })
    local none, err = ensure("k", nil, { settle = 0.01 })
    assert.is_nil(none)
    assert.equal("network", err.kind)
    assert.is_true(err.maybe_sent)
    assert.equal(3, #caller.arrived(server, "POST"))
    assert.equal("not_made", assert(client:recover(store, { settle = 0.01 }))[1].outcome)
    assert.equal("created", select(2, ensure("k")).outcome)
    assert.truthy(only())
  end)

  it("of unknown fate that left one of several is told of with all of them", function()
    local other = assert(client.instances:create(caller.mailjet { tags = { record.tag "k" } }))
    list_once(celements.array())
    assert(server:fault { name = "status", status = 504, work = true, match = { method = "POST" } })
    local none, err = ensure("k")
    assert.is_nil(none)
    assert.equal("conflict", err.kind)
    assert.equal(2, #err.matches)
    assert.is_true(err.matches[1].id == other.id or err.matches[2].id == other.id)
    assert.is_true(err.maybe_sent)
  end)

  it("that happened twice, for a listing that lagged behind too long, is told of with the instance", function()
    assert(server:fault { name = "close_after", match = { method = "POST" } })
    assert(server:fault { name = "status", status = 200, body = "[]", times = 3,
      match = { method = "GET", path = "^/instances$" } }) -- before the first, and two after it
    local none, err = ensure("k", nil, { settle = 0.001 })
    assert.is_nil(none)
    assert.equal("conflict", err.kind)
    assert.equal(2, #err.matches)
    local made = assert(server:instances())
    assert.equal(2, #made)
    assert.equal(made[2].token, err.instance.token)
    assert.equal(made[2].token, record.read(store:get(record.name(record.tag "k"))).instance.token)
  end)

  it("is not brought to an end where nothing can wait, and that is said", function()
    local list, err
    assert(celements.spawn(function()
      coroutine.wrap(function() list, err = client:recover(store) end)()
      return true
    end):wait())
    assert.is_nil(list)
    assert.equal("unavailable", err.kind)
    assert.truthy(err.message:find("client:recover: a coroutine made inside a task cannot wait", 1, true))
  end)

  it("ends in time when that is too short to tell, and is told apart later", function()
    assert(server:configure { list_delay = 2 })
    assert(server:fault { name = "close_after", match = { method = "POST" } })
    local before = core.now()
    local none, err = ensure("k", nil, { settle = 3600, timeout = 1 })
    assert.is_nil(none)
    assert.is_true(core.now() - before < 3600)
    assert.is_true(err.maybe_sent)
    assert.truthy(err.hint:find("same key", 1, true))
    assert.equal("adopted", select(2, ensure("k", nil, { settle = 3600 })).outcome)
    assert.truthy(only())
  end)

  it("keeps the token of an instance that this Lua cannot write as it came", function()
    assert(server:fault { name = "status", status = 200, match = { method = "POST" },
      body = '{"id":5,"token":"t","name":"n","element":{"key":"mailjet"},"valid":true,"odd":1e30}' })
    assert.equal("t", assert(ensure("k")).token)
    local known = record.read(store:get(record.name(record.tag "k"))).instance
    assert.equal("t", known.token)
    assert.equal("mailjet", known.element.key)
  end)

  it("is found again by a key of any bytes", function()
    local key = "\255\0 \n\"key\""
    assert.equal("created", select(2, ensure(key)).outcome)
    assert.equal("unchanged", select(2, ensure(key)).outcome)
    assert.equal(key, record.read(store:get(record.name(record.tag(key)))).key)
  end)

  it("whose token is none is looked up", function()
    for key, token in pairs { k = "null", l = '""' } do
      assert(server:reset())
      assert(server:fault { name = "status", status = 200, work = true, body = ('{"id":1,"token":%s}'):format(token),
        match = { method = "POST" } })
      local own, info = ensure(key)
      assert.equal("adopted", info.outcome)
      assert.equal(only().token, own.token)
    end
  end)

  it("keeps its token and id whatever later answers leave out", function()
    local first = assert(ensure("k"))
    local function kept() return record.read(store:get(record.name(record.tag "k"))).instance end
    for _, left_out in ipairs { '"token":null', '"token":"","id":null', '"id":""' } do
      for method, changes in pairs { GET = {}, PATCH = { name = "Renamed" } } do
        local body = ('{"name":"n","valid":true,%s}'):format(left_out)
        assert(server:fault { name = "status", status = 200, body = body, match = { method = method } })
        local own = assert(ensure("k", changes, { on_change = "update" }))
        for _, instance in ipairs { own, kept() } do
          assert.equal(first.token, instance.token)
          assert.equal(first.id, instance.id)
        end
        assert(ensure("k", nil, { on_change = "update" }))
      end
    end
  end)

  it("is not chosen from a listing that has no id of it", function()
    assert(ensure("k"))
    local shown = assert(client.instances:list())
    for _, id in ipairs { false, "" } do
      shown[1].id = id or nil
      store = celements.store.memory()
      list_once(shown)
      local own, err = ensure("k")
      assert.is_nil(own)
      assert.equal("response", err.kind)
    end
    only()
  end)

  it("that a proxy refuses after it was done is not done twice", function()
    assert(server:fault { name = "status", status = 503, work = true, match = { method = "POST" } })
    assert.equal("adopted", select(2, ensure("k")).outcome)
    only()
  end)

  it("is checked by the platform's own configuration when asked", function()
    assert.equal("created", select(2, ensure("k", nil, { check = "live" })).outcome)
    assert.equal("unchanged", select(2, ensure("k", nil, { check = "live" })).outcome)
    assert(server:fault { name = "status", status = 403, match = { path = "/configuration$" } })
    client:close()
    client = caller.client(server)
    local none, err = ensure("other", nil, { check = "live" })
    assert.is_nil(none)
    assert.equal("forbidden", err.kind)
    assert.truthy(only())
  end)
end)

describe("verify", function()
  local bad = { configuration = { ["mailjet.api.key"] = sandbox.reserved.UNVERIFIED, ["mailjet.api.secret"] = "s" } }

  it("keeps the instance whose provider refuses, and says so each time", function()
    for _ = 1, 2 do
      local none, err = ensure("k", bad, { verify = true })
      assert.is_nil(none)
      assert.equal("provider", err.kind)
      assert.equal(only().token, err.instance.token)
      assert.equal(only().token, record.read(store:get(record.name(record.tag "k"))).instance.token)
    end
    assert.equal("unchanged", select(2, ensure("k", bad)).outcome)
  end)

  it("pings what was adopted, too", function()
    assert(server:fault { name = "close_after", match = { method = "POST" } })
    local _, info = assert(ensure("k", nil, { verify = true }))
    assert.equal("adopted", info.outcome)
    assert.is_true(info.verified)
  end)

  it("gives what cannot be pinged", function()
    assert(server:fault { name = "status", status = 404, match = { path = "^/ping$" } })
    local own, info = ensure("k", nil, { verify = true })
    assert.equal(only().token, own.token)
    assert.is_false(info.verified)
    assert.equal("created", info.outcome)
  end)
end)

describe("an update of unknown fate", function()
  it("is done again when asked again", function()
    local first = assert(ensure("k"))
    assert(server:fault { name = "close_after", match = { method = "PATCH" } })
    local none, err = ensure("k", { name = "Renamed" }, { on_change = "update" })
    assert.is_nil(none)
    assert.is_true(err.maybe_sent)
    assert.equal(first.token, err.instance.token)
    assert.equal("updated", select(2, ensure("k", { name = "Renamed" }, { on_change = "update" })).outcome)
    assert.equal("Renamed", only().name)
    assert.equal("unchanged", select(2, ensure("k", { name = "Renamed" })).outcome)
  end)
end)
