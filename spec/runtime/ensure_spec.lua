-- Provisioning by key in tasks and under every event loop, in plain Lua 5.1 as elsewhere.
local celements = require "celements"
local caller = require "spec.support.caller"
local folder = require "spec.support.folder"
local loops = require "spec.support.loops"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"

local server, place

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  place = folder.new()
end)
after_each(function() folder.remove(place) end)

local spawned = {}
local homes = {
  tasks = {
    start = function(work) table.insert(spawned, celements.spawn(work)) end,
    run = function()
      local _, failures = celements.wait_all(spawned)
      spawned = {}
      for _, err in pairs(failures) do error(err, 0) end
    end,
  },
}
for _, name in ipairs { "copas", "cqueues", "luv" } do
  if loops[name] and loops[name].can_sleep then homes[name] = loops[name] end
end

local sleepless = loops.copas and not loops.copas.can_sleep and loops.copas

local stores = {
  memory = function() return celements.store.memory() end,
  sqlite = function() return assert(celements.store.sqlite(place .. "/tokens.db")) end,
  sealed = function()
    return assert(celements.store.seal(assert(celements.store.sqlite(place .. "/tokens.db")), { key = ("5a"):rep(32) }))
  end,
}

local function tokens()
  local found, count = {}, 0
  for _, instance in ipairs(assert(server:instances())) do
    found[instance.token], count = instance.name, count + 1
  end
  return found, count
end

for home, loop in pairs(homes) do
  describe("provisioning by key under " .. home, function()
    local client

    before_each(function() client = caller.client(server, { loop = loops[home] and home }) end)
    after_each(function() client:close() end)

    -- Does each work in a thread of its own, at once, and returns what each returned.
    local function at_once(works)
      local results, left = {}, #works
      for index, work in ipairs(works) do
        loop.start(function()
          results[index] = { work() }
          left = left - 1
          return true
        end)
      end
      loop.run()
      assert.equal(0, left)
      return results
    end

    for name, open in pairs(stores) do
      it("is done once by several who go through one list: " .. name, function()
        local store = open()
        assert(server:fault { name = "close_after", match = { method = "POST" } })
        assert(server:fault { name = "close_before", match = { method = "POST" } })
        local function run()
          local list, seen = {}, {}
          for number = 1, 6 do
            list[number] = { key = "k " .. number, request = caller.mailjet { name = "Customer " .. number } }
          end
          local batch = client.instances:ensure_many(list, { store = store, settle = 0.3, concurrency = 2 })
          while true do
            local index, instance, info = batch:next()
            if not index then return seen end
            seen[index] = instance and instance.token or tostring(info)
          end
        end
        local own = at_once { run, run, run }
        local made, count = tokens()
        assert.equal(6, count)
        for _, each in ipairs(own) do
          for number = 1, 6 do assert.equal("Customer " .. number, made[each[1][number]], each[1][number]) end
        end
        store:close()
      end)

      it("is brought to an end: " .. name, function()
        local store = open()
        for number = 1, 3 do
          local tag = record.tag("k " .. number)
          -- Later than now, so that no pause makes it too old to be waited for.
          local intent = { key = "k " .. number, tag = tag, sent_at = os.time() + 60 }
          assert(store:put(record.name(tag), record.write(intent)))
        end
        local results = at_once {
          function() return client:recover(store, { settle = 0.3 }) end,
          function() return client.instances:create(caller.mailjet { tags = { (record.tag "k 2") } }) end,
        }
        local outcomes = {}
        for _, each in ipairs(assert(results[1][1])) do outcomes[each.key] = each.outcome end
        assert.same({ ["k 1"] = "not_made", ["k 2"] = "adopted", ["k 3"] = "not_made" }, outcomes)
        store:close()
      end)
    end
  end)
end

if sleepless then
  describe("provisioning by key under a copas that cannot sleep", function()
    local client, store

    before_each(function()
      client = caller.client(server, { loop = "copas" })
      store = celements.store.memory()
    end)
    after_each(function() client:close() end)

    local function within(work)
      local result
      sleepless.start(function() result = { celements.spawn(work):wait() } end)
      sleepless.run()
      return result[1], result[2]
    end

    local function ensure() return client.instances:ensure("k", caller.mailjet(), { store = store }) end

    it("returns what became of a creation that cannot be waited for, and lets go of the key", function()
      assert(server:fault { name = "close_before", match = { method = "POST" } })
      local none, err = within(ensure)
      assert.is_nil(none)
      assert.equal("network", err.kind)
      assert.is_true(err.maybe_sent)
      none, err = within(ensure)
      assert.is_nil(none)
      assert.equal("unavailable", err.kind)
      assert.is_true(err.maybe_sent)
    end)

    it("returns why the lock of another one cannot be waited for", function()
      assert(store:lock(record.name(record.tag("k"))))
      local none, err = within(ensure)
      assert.is_nil(none)
      assert.equal("unavailable", err.kind)
    end)

    it("raises where it is to sleep", function()
      local none, why = within(function() celements.sleep(1) end)
      assert.is_nil(none)
      assert.truthy(why:find("celements.sleep: this copas cannot sleep"), why)
    end)
  end)
end
