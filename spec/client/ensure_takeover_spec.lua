-- Several who are at one key: slow ones, paused ones, cancelled ones, and those who come after them.
local celements = require "celements"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

local server, client, store

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  store = celements.store.memory()
end)
after_each(function() client:close() end)

local function ensure(options, own)
  local given = { store = store, settle = 0.5 }
  for name, value in pairs(options or {}) do given[name] = value end
  return (own or client).instances:ensure("k", caller.mailjet(), given)
end

local function posts()
  local number = 0
  for _, entry in ipairs(caller.arrived(server, "POST")) do
    if entry.path:find("/instances$") then number = number + 1 end
  end
  return number
end

local function only_token()
  local made = assert(server:instances())
  assert.equal(1, #made)
  return made[1].token
end

local function kept()
  return assert(record.read(assert(store:get(record.name(record.tag "k"))))).instance
end

describe("a successor", function()
  it("waits for a creation that its predecessor may still send, after the platform asked for patience", function()
    assert(server:fault { name = "status", status = 503, headers = { ["Retry-After"] = "2" },
      match = { method = "POST" } })
    local slow = caller.client(server, { timeout = 30 })
    local first = celements.spawn(function() return ensure({ lease = 0.1 }, slow) end)
    waiting.till(function()
      celements.sleep(0.01)
      return posts() == 1
    end, "the refused creation")
    local second = celements.spawn(function() return ensure() end)
    local one, err = first:wait()
    local two = assert(second:wait())
    assert.equal(only_token(), two.token)
    assert.equal(two.token, (one or err.instance).token)
    assert.equal(two.token, kept().token)
    slow:close()
  end)

  it("waits for one that waits for its turn", function()
    local slow = caller.client(server, { timeout = 30, max_in_flight = 1 })
    waiting.hold(server, 1, { path = "^/elements/keys$" })
    celements.spawn(function() slow:request("GET", "/elements/keys", { timeout = 1.5 }) end)
    waiting.till(function()
      celements.sleep(0.01)
      return waiting.held(server) == 1
    end, "the call before")
    -- The look before the creation would wait for its turn as well.
    local tag = record.tag "k"
    local held = assert(store:lock(record.name(tag), { lease = 0.1 }))
    assert(store:put(record.name(tag), record.write { key = "k", tag = tag, sent_at = os.time(), within = 30 }, held))
    local first = celements.spawn(function()
      return slow.instances:create(caller.mailjet { tags = { "newsletter", tag } })
    end)
    local two, info = ensure()
    assert.equal("adopted", info.outcome)
    assert.equal(assert(first:wait()).token, two.token)
    assert.equal(only_token(), two.token)
    slow:close()
  end)

  it("is told of when it took over, and of what to do", function()
    local name = record.name(record.tag "k")
    assert(store:lock(name, { lease = 60 }))
    local none, err = ensure { timeout = 0.2 }
    assert.is_nil(none)
    assert.equal("conflict", err.kind)
    assert.truthy(tostring(err):find("ask again with the same key", 1, true))
    assert.equal(0, posts())
  end)

  -- Does something else in front of each time that a store keeps something.
  local function slowed(inner, before_put)
    local outer = {}
    for _, name in ipairs { "get", "delete", "each", "lock", "close" } do
      outer[name] = function(_, ...) return inner[name](inner, ...) end
    end
    function outer.put(_, ...)
      before_put()
      return inner:put(...)
    end
    return outer
  end

  local function nothing_sent(slow, before_put)
    local inner = store
    store = slowed(inner, before_put)
    local none, err = ensure(nil, slow)
    assert.is_nil(none)
    assert.equal("timeout", err.kind)
    assert.is_nil(err.maybe_sent)
    assert.equal(0, posts())
    store = inner
    assert.equal("created", select(2, ensure()).outcome)
    assert.truthy(only_token())
    slow:close()
  end

  it("leaves one that was paused nothing to send", function()
    -- The store takes longer than the creation may.
    nothing_sent(caller.client(server, { timeout = 0.3 }), function() celements.sleep(0.5) end)
  end)

  it("leaves one nothing to send that was paused, and then waited for its turn", function()
    local slow = caller.client(server, { timeout = 1, max_in_flight = 1 })
    waiting.hold(server, 1, { path = "^/elements/keys$" })
    nothing_sent(slow, function()
      celements.sleep(0.6)
      celements.spawn(function() slow:request("GET", "/elements/keys", { timeout = 0.8, retries = 0 }) end)
      waiting.till(function()
        celements.sleep(0.01)
        return waiting.held(server) == 1
      end, "the call before")
    end)
  end)
end)

describe("a task that is cancelled", function()
  -- Cancels in front of each request in turn, then asks again.
  for _, what in ipairs { "GET", "POST" } do
    it("during its " .. what .. " leaves nothing behind that is lost or made twice", function()
      waiting.hold(server, 1, { method = what, path = "^/instances$" })
      local first = celements.spawn(function() return ensure() end)
      waiting.till(function()
        celements.sleep(0.01)
        return waiting.held(server) == 1
      end, "the request")
      first:cancel()
      local none, err = first:wait()
      assert.is_nil(none)
      assert.equal("cancelled", err.kind)
      assert.equal(what == "POST" or nil, err.maybe_sent)
      assert.truthy(ensure())
      assert.equal(only_token(), kept().token)
    end)
  end

  it("does not go on to wait for a lock", function()
    local held = assert(store:lock(record.name(record.tag "k"), { lease = 3600 }))
    local first = celements.spawn(function() return ensure() end)
    celements.sleep(0.05)
    first:cancel()
    local none, err = first:wait()
    assert.is_nil(none)
    assert.equal("cancelled", err.kind)
    assert.is_true(held:release())
    assert.truthy(ensure())
  end)
end)

it("a client that is closed in the middle says that it may have been sent", function()
  waiting.hold(server, 1, { method = "POST", path = "^/instances$" })
  local first = celements.spawn(function() return ensure() end)
  waiting.till(function()
    celements.sleep(0.01)
    return waiting.held(server) == 1
  end, "the creation")
  client:close()
  local none, err = first:wait()
  assert.is_nil(none)
  assert.equal("closed", err.kind)
  assert.is_true(err.maybe_sent)
end)

describe("without a store", function()
  it("a client gives the same instance again though the listing does not show it yet", function()
    assert(server:configure { list_delay = 3600 })
    local function plain() return client.instances:ensure("k", caller.mailjet(), { settle = 0.5 }) end
    local first = assert(plain())
    assert.equal(first.token, assert(plain()).token)
    assert.equal(first.token, only_token())
  end)

  it("a client forgets in a while", function()
    local function plain(key) return assert(client.instances:ensure(key, caller.mailjet(), { settle = 0.1 })) end
    for number = 1, 3 do plain("k " .. number) end
    celements.sleep(0.2)
    plain "last"
    local count = 0
    for _ in client.instances._context.journal:each() do count = count + 1 end
    assert.equal(1, count)
  end)
end)

describe("a batch that is stopped", function()
  it("lets go of a key that it had taken", function()
    local own, stopped
    local function source()
      if stopped then return nil end
      stopped = true
      own:stop()
      return { key = "k", request = caller.mailjet() }
    end
    own = client.instances:ensure_many(source, { store = store })
    assert.is_nil((own:next()))
    assert(store:lock(record.name(record.tag "k")))
    assert.equal(0, posts())
  end)

  it("lets go of what was in flight when it is closed", function()
    waiting.hold(server, 2, { path = "^/instances$" })
    local list = {}
    for number = 1, 5 do list[number] = { key = "k " .. number, request = caller.mailjet() } end
    local own = client.instances:ensure_many(list, { store = store, concurrency = 2 })
    local task = celements.spawn(function()
      local results = {}
      while true do
        local index, instance, err = own:next()
        if not index then return results end
        results[index] = instance or err
      end
    end)
    waiting.till(function()
      celements.sleep(0.01)
      return waiting.held(server) == 2
    end, "two looks")
    own:close()
    for _, err in pairs(task:wait()) do assert.equal("cancelled", err.kind) end
    for number = 1, 5 do assert(store:lock(record.name(record.tag("k " .. number)))) end
  end)
end)
