-- Many keys, several who share them, and what the dead left behind.
local celements = require "celements"
local core = require "celements.core"
local errors = require "celements.errors"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local child = require "spec.support.child"
local folder = require "spec.support.folder"

local server, client, store

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  store = celements.store.memory()
end)
after_each(function() client:close() end)

local function items(count)
  local list = {}
  for number = 1, count do
    list[number] = { key = "customer " .. number, request = caller.mailjet { name = "Customer " .. number } }
  end
  return list
end

local function gather(batch)
  local results, times = {}, 0
  for index, instance, info, item in batch do
    times = times + 1
    results[index] = { instance = instance, info = info, item = item }
  end
  return results, times
end

local function tokens()
  local found = {}
  for _, instance in ipairs(assert(server:instances())) do found[instance.token] = instance.name end
  return found
end

describe("ensure_many", function()
  it("provisions each once, and gives each by its index", function()
    local list = items(20)
    local results, times = gather(client.instances:ensure_many(list, { store = store, concurrency = 4 }))
    assert.equal(20, times)
    local made = tokens()
    for index = 1, 20 do
      assert.equal("created", results[index].info.outcome)
      assert.equal("Customer " .. index, made[results[index].instance.token])
      assert.equal(list[index], results[index].item)
    end
    assert.equal(20, #assert(server:instances()))
  end)

  it("takes a generator, and the same key twice", function()
    local list, at = items(3), 0
    table.insert(list, list[1])
    local function nextone()
      at = at + 1
      return list[at], "a second value means nothing"
    end
    local results = gather(client.instances:ensure_many(nextone, { store = store }))
    assert.equal(results[1].instance.token, results[4].instance.token)
    assert.equal(3, #assert(server:instances()))
  end)

  it("gives each failure at its index", function()
    local list = items(3)
    list[2].request.configuration["mailjet.api.secret"] = nil
    local results = gather(client.instances:ensure_many(list, { store = store }))
    assert.same({ "mailjet.api.secret" }, results[2].info.missing)
    assert.truthy(results[1].instance)
    assert.truthy(results[3].instance)
  end)

  it("gives each item once, however many others are at", function()
    local count, seen, given_once = 2500, {}, 0
    function store.lock(_, _, given)
      local kind = given.wait and "unavailable" or "conflict"
      return nil, errors.new { kind = kind, message = "held by another" }
    end
    local list = {}
    for index = 1, count do list[index] = { key = "k" .. index, request = caller.mailjet() } end
    for index, none, err in client.instances:ensure_many(list, { store = store }) do
      assert.is_nil(none)
      assert.equal("unavailable", err.kind)
      assert.is_nil(seen[index])
      seen[index], given_once = true, given_once + 1
    end
    assert.equal(count, given_once)
  end)

  it("raises for an item that is none, and says which", function()
    local list = items(2)
    list[2] = { key = "x" }
    local ok, err = pcall(gather, client.instances:ensure_many(list, { store = store }))
    assert.is_false(ok)
    assert.truthy(tostring(err):find("item 2 must be a table", 1, true))
  end)

  it("refuses what is no list: nothing would happen", function()
    assert.equal("instances:ensure_many: items must be a list, but has the key 'key'",
      caller.blamed(function() client.instances:ensure_many { key = "x" } end))
    assert.equal("instances:ensure_many: items has a hole: item 1 is nil, and more come after it",
      caller.blamed(function() client.instances:ensure_many { [2] = {} } end))
  end)

  it("shares one list among several: each does what nobody does", function()
    assert(server:configure { latency = 0.02 })
    local list, outcomes, parts = items(40), {}, {}
    local function run()
      local own, each = client.instances:ensure_many(list, { store = store, concurrency = 4 }), { created = 0 }
      table.insert(parts, each)
      while true do
        local index, instance, info = own:next()
        if not index then return true end
        outcomes[index] = outcomes[index] or instance.token
        assert.equal(outcomes[index], instance.token)
        each[info.outcome] = (each[info.outcome] or 0) + 1
      end
    end
    local runners = {}
    for number = 1, 3 do runners[number] = celements.spawn(run) end
    local _, failures = celements.wait_all(runners)
    assert.same({}, failures)
    assert.equal(40, #assert(server:instances()))
    local created = 0
    for _, each in ipairs(parts) do
      assert.is_true(each.created > 0)
      created = created + each.created
    end
    assert.equal(40, created)
  end)
end)

describe("a long generator", function()
  local in_file = "assert(celements.store.sqlite((select(4, ...))))"
  for what, store_of in pairs { ["no store"] = "nil", ["a file"] = in_file } do
    it("leaves nothing in memory: " .. what, function()
      local place = folder.new()
      local output = child.run(([[
        if rawget(_G, "jit") then jit.off() end -- what it compiles counts as memory
        local celements = require "celements"
        local base_url, user, organization = ...
        local client = celements.new { base_url = base_url, user_secret = user, organization_secret = organization }
        local store, number = %s, 0
        local function run(count)
          local last = number + count
          local batch = client.instances:ensure_many(function()
            number = number + 1
            return number <= last and { key = "k " .. number, request = { element = { key = "mailjet" }, name = "n",
              configuration = { ["mailjet.api.key"] = "k", ["mailjet.api.secret"] = "s" } } } or nil
          end, { store = store, settle = 0.01 })
          local index, instance, err = batch:next()
          while index do
            if not instance then error(tostring(err)) end
            index, instance, err = batch:next()
          end
        end
        local function measure()
          celements.sleep(0.05)
          run(1) -- when others are remembered no more
          collectgarbage()
          collectgarbage()
          return collectgarbage "count"
        end
        run(100)
        local before = measure()
        run(600)
        local after = measure()
        print(after - before < 64 and "flat" or after - before)
      ]]):format(store_of), { server.base_url, server.user_secret, server.organization_secret, place .. "/tokens.db" })
      folder.remove(place)
      assert.equal("flat\n", output)
    end)
  end
end)

describe("recover", function()
  local function intent(key, age)
    local tag = record.tag(key)
    assert(store:put(record.name(tag), record.write { key = key, tag = tag, sent_at = os.time() - age }))
    return tag
  end

  it("finds what was made, and forgets what was not", function()
    assert(server:configure { tags = "objects" })
    local tag = intent("made", 100)
    intent("lost", 100)
    local instance = assert(client.instances:create(caller.mailjet { tags = { tag } }))
    assert(client.instances:ensure("whole", caller.mailjet(), { store = store }))
    local list = assert(client:recover(store))
    table.sort(list, function(a, b) return a.key < b.key end)
    assert.equal(2, #list)
    assert.same({ key = "lost", outcome = "not_made" }, list[1])
    assert.equal("adopted", list[2].outcome)
    assert.equal(instance.token, list[2].instance.token)
    assert.same({ tag }, list[2].instance.tags) -- names, whatever the platform sends
    local ensured, info = client.instances:ensure("made", caller.mailjet { tags = {} , name = "Newsletter sender" },
      { store = store })
    assert.equal(instance.token, ensured.token)
    assert.equal("unchanged", info.outcome)
    assert.same({ tag }, ensured.tags)
    assert.same({}, assert(client:recover(store)))
  end)

  it("asks for the token where the listing leaves it out", function()
    local tag = intent("made", 100)
    local instance = assert(client.instances:create(caller.mailjet { tags = { tag } }))
    local shown = assert(client.instances:list())
    shown[1].token = celements.null
    assert(server:fault { name = "status", status = 200, body = core.encode(shown),
      match = { method = "GET", path = "^/instances$" } })
    local list = assert(client:recover(store))
    assert.equal(instance.token, list[1].instance.token)
    assert.equal(instance.token, record.read(store:get(record.name(tag))).instance.token)
  end)

  it("waits for a listing that lags behind", function()
    assert(server:configure { list_delay = 1 })
    local tag = intent("late", 0)
    assert(client.instances:create(caller.mailjet { tags = { tag } }))
    assert.equal("adopted", assert(client:recover(store, { settle = 5 }))[1].outcome)
  end)

  it("ends in time, and keeps the intent of what may still be listed", function()
    local tag = intent("late", 0)
    local list = assert(client:recover(store, { settle = 3600, timeout = 0.5 }))
    assert.equal("failed", list[1].outcome)
    assert.equal("timeout", list[1].err.kind)
    assert.truthy(store:get(record.name(tag)))
  end)

  it("says what it found and could not keep", function()
    local instance = assert(client.instances:create(caller.mailjet { tags = { intent("made", 100) } }))
    intent("lost", 100)
    local function refuse() return nil, errors.new { kind = "unavailable", message = "the disk is full" } end
    store.put, store.delete = refuse, refuse
    local list = assert(client:recover(store))
    table.sort(list, function(a, b) return a.key < b.key end)
    for _, each in ipairs(list) do
      assert.equal("failed", each.outcome)
      assert.equal("unavailable", each.err.kind)
    end
    assert.is_nil(list[1].instance)
    assert.equal(instance.token, list[2].instance.token)
  end)

  it("leaves alone what another one is at", function()
    local tag = intent("busy", 100)
    assert(store:lock(record.name(tag)))
    assert.equal("busy", assert(client:recover(store))[1].outcome)
  end)

  it("is not kept from the others by a record that it cannot read", function()
    intent("lost", 100)
    assert(store:put(record.PREFIX .. "broken", "{"))
    local list = assert(client:recover(store))
    table.sort(list, function(a, b) return a.outcome < b.outcome end)
    assert.equal("failed", list[1].outcome)
    assert.equal("response", list[1].err.kind)
    assert.same({ key = "lost", outcome = "not_made" }, list[2])
    assert.equal("{", store:get(record.PREFIX .. "broken"))
  end)

  it("says that the store cannot be read", function()
    store:close()
    local none, err = client:recover(store)
    assert.is_nil(none)
    assert.equal("closed", err.kind)
  end)

  it("says what it could not find out, and keeps the intent", function()
    intent("unknown", 100)
    assert(server:fault { name = "status", status = 403, match = { method = "GET" } })
    local list = assert(client:recover(store))
    assert.equal("failed", list[1].outcome)
    assert.equal("forbidden", list[1].err.kind)
    assert.equal("not_made", assert(client:recover(store))[1].outcome)
  end)
end)
