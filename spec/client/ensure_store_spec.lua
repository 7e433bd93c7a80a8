-- A store that fails at any step, or does its work and says that it failed: one instance, its token kept.
local celements = require "celements"
local errors = require "celements.errors"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server, { timeout = 1 })
end)
after_each(function() client:close() end)

-- A store whose operation of a number fails: before its work, or after. Says how many there were.
local function failing(inner, number, is_after)
  local own, count = {}, 0
  local function pass(work, ...)
    count = count + 1
    local fails = count == number
    if fails and not is_after then return nil, errors.new { kind = "unavailable", message = "broken" } end
    local value, err = work(...)
    if fails then return nil, errors.new { kind = "unavailable", message = "broken afterwards" } end
    return value, err
  end
  function own.get(_, name) return pass(inner.get, inner, name) end
  function own.put(_, name, value, lock) return pass(inner.put, inner, name, value, lock and lock.inner) end
  function own.delete(_, name, lock) return pass(inner.delete, inner, name, lock and lock.inner) end
  function own.each(_, prefix) return inner:each(prefix) end
  function own.close() end
  function own.lock(_, name, given)
    return pass(function()
      local held, err = inner:lock(name, given)
      if not held then return nil, err end
      return {
        inner = held,
        extend = function(_, lease) return pass(held.extend, held, lease) end,
        release = function() return pass(held.release, held) end,
      }
    end)
  end
  return own, function() return count end
end

local function arm(name)
  if name == "lost" then assert(server:fault { name = "close_after", match = { method = "POST" } }) end
  if name == "not done" then assert(server:fault { name = "close_before", match = { method = "POST" } }) end
  if name == "refused" then assert(server:fault { name = "status", status = 401, match = { method = "POST" } }) end
  if name == "asked" then
    assert(server:fault { name = "status", status = 503, headers = { ["Retry-After"] = "0" },
      match = { method = "POST" } })
    assert(server:fault { name = "close_after", match = { method = "POST" } })
  end
end

local function ask(store, lease)
  return client.instances:ensure("k", caller.mailjet(),
    { store = store, settle = 0.2, lease = lease, timeout = 30 })
end

-- One round, and whether the operation was reached.
local function round(name, number, is_after)
  server:reset()
  arm(name)
  local inner = celements.store.memory()
  local broken, count = failing(inner, number, is_after)
  local first, why = ask(broken, 0.1)
  if not first then assert.is_true(errors.is(why)) end
  if name == "refused" then assert(server:clear_faults()) end
  local second, info = ask(inner)
  local what = ("%s, operation %d: "):format(name, number)
  assert.truthy(second, what .. tostring(info))
  local made = assert(server:instances())
  assert.equal(1, #made, what)
  assert.equal(made[1].token, second.token, what)
  local known = assert(record.read(assert(inner:get(record.name(record.tag "k")))))
  assert.equal(second.token, known.instance.token, what)
  local told = first or why.instance
  if told then assert.equal(second.token, told.token, what) end
  return count() >= number
end

for _, name in ipairs { "made", "lost", "not done", "refused", "asked" } do
  for _, is_after in ipairs { false, true } do
    it(("each operation of a store fails once %s: a creation that is %s"):format(is_after and "afterwards" or "before",
      name), function()
      local number = 1
      while round(name, number, is_after) do number = number + 1 end
      assert.is_true(number > 5)
    end)
  end
end

it("a store that raises does not keep the key locked", function()
  local inner = celements.store.memory()
  local store, raises = failing(inner, 0), true
  local get = store.get
  function store.get(...)
    if raises then error("out of order", 0) end
    return get(...)
  end
  local ok, why = pcall(client.instances.ensure, client.instances, "k", caller.mailjet(), { store = store })
  assert.is_false(ok)
  assert.equal("out of order", why)
  raises = false
  assert.equal("created", select(2, client.instances:ensure("k", caller.mailjet(), { store = store })).outcome)
end)

describe("a store that takes all of the time", function()
  local inner, late

  -- It takes so many seconds before its `put` of this number.
  local function late_store(number, seconds)
    local store, count = failing(inner, 0), 0
    local put = store.put
    function store.put(...)
      count = count + 1
      if count == number then
        late = true
        celements.sleep(seconds)
      end
      return put(...)
    end
    return store
  end

  local function ensure(store, timeout)
    return client.instances:ensure("k", caller.mailjet(), { store = store, timeout = timeout, settle = 0.3 })
  end

  before_each(function() inner, late = celements.store.memory(), false end)

  it("leaves no intent of what was not sent", function()
    local none, err = ensure(late_store(1, 1.1), 1)
    assert.is_nil(none)
    assert.equal("timeout", err.kind)
    assert.is_nil(err.maybe_sent)
    assert.equal(0, #caller.arrived(server, "POST"))
    for name in inner:each() do error("left: " .. name) end
  end)

  it("leaves the intent of what may have been sent before", function()
    assert(server:fault { name = "close_after", match = { method = "POST" } })
    assert(server:fault { name = "status", status = 200, body = "[]", times = 9,
      match = { method = "GET", path = "^/instances$" } })
    local none, err = ensure(late_store(3, 4.1), 4)
    assert.is_true(late)
    assert.is_nil(none)
    assert.is_true(err.maybe_sent)
    assert(server:clear_faults())
    assert.equal("adopted", select(2, ensure(inner, 20)).outcome)
    assert.equal(1, #assert(server:instances()))
  end)
end)

it("each operation of a store fails once: an instance that was deleted, one that is there, a changed one", function()
  local options = {
    deleted = function(store, instance) client.instances:delete(instance.id)
      return ask(store, 0.1) end,
    there = function(store) return ask(store, 0.1) end,
    changed = function(store)
      return client.instances:ensure("k", caller.mailjet { name = "Renamed" },
        { store = store, settle = 0.2, lease = 0.1, timeout = 30, on_change = "update" })
    end,
  }
  for name, work in pairs(options) do
    for _, is_after in ipairs { false, true } do
      local number, reached = 0, true
      while reached do
        number = number + 1
        server:reset()
        local inner = celements.store.memory()
        local first = assert(ask(inner))
        local broken, count = failing(inner, number, is_after)
        work(broken, first)
        local second, info = work(inner, first)
        if not second and name == "deleted" then second, info = ask(inner) end
        assert.truthy(second, ("%s %d: %s"):format(name, number, tostring(info)))
        local made = assert(server:instances())
        assert.equal(1, #made)
        assert.equal(made[1].token, second.token)
        if name == "changed" then assert.equal("Renamed", made[1].name) end
        reached = count() >= number
      end
    end
  end
end)
