-- The store in memory, and the check of what is a store.
local caller = require "spec.support.caller"
local celements = require "celements"
local contract = require "spec.store.contract"

describe("a store in memory", function()
  for _, case in ipairs(contract) do
    it(case.name, function()
      local shared
      case.run(function()
        shared = shared or celements.store.memory()
        return shared
      end)
    end)
  end

  it("is apart from others", function()
    local first, second = celements.store.memory(), celements.store.memory()
    assert(first:put("name", "value"))
    assert(first:lock "name")
    assert.is_nil(second:get "name")
    assert.truthy(second:lock "name")
  end)

  it("blames the line of who misuses it", function()
    local store = celements.store.memory()
    assert.equal("store:get: name must be a string, not nil", caller.blamed(function() store:get() end))
    assert.equal("store:put: value must be a string, not nil", caller.blamed(function() store:put("name") end))
    assert.equal("store:put: lock must be one that lock() of the same store returned",
      caller.blamed(function() store:put("name", "value", {}) end))
    assert.equal("store:delete: lock must be one that lock() of the same store returned",
      caller.blamed(function() store:delete("name", {}) end))
    assert.equal("store:each: prefix must be a string, not a boolean", caller.blamed(function() store:each(true) end))
    assert.equal("store:lock: option 'wait' must be a positive number of seconds, not -1",
      caller.blamed(function() store:lock("name", { wait = -1 }) end))
    local held = store:lock "name"
    assert.equal("lock:extend: lease must be a positive number of seconds, not a number",
      caller.blamed(function() held:extend(0) end))
  end)

  it("shows no value", function()
    local store = celements.store.memory()
    store:put("name", "token-7f3a")
    assert.is_nil(caller.find(tostring(store) .. tostring(store:lock "name"), "token-7f3a"))
    assert.equal("celements.Store (memory)", tostring(store))
  end)
end)

describe("celements.store", function()
  local function implement(names)
    local made = {}
    for name in names:gmatch("%a+") do made[name] = function() end end
    return made
  end

  it("says what a value lacks to be a store", function()
    local store = celements.store
    assert.is_nil(store.lacks(implement "get put delete each lock close"))
    assert.same({ "put", "each", "close" }, store.lacks(implement "get delete lock"))
    assert.same({ "get", "put", "delete", "each", "lock", "close" }, store.lacks(5))
    assert.same({ "get", "put", "delete", "each", "lock", "close" }, store.lacks(nil))
    assert.equal(6, #store.lacks(io.stdout) + (io.stdout.close and 1 or 0))
    local class = { __index = implement "get put delete each lock close" }
    assert.is_nil(store.lacks(setmetatable({}, class)))
  end)

  it("blames who gives something else", function()
    local function ensure(given) celements.store.check("instances:ensure", "option 'store'", given) end
    assert.equal("instances:ensure: option 'store' must be a table, not nil", caller.blamed(function() ensure() end))
    assert.equal("instances:ensure: option 'store' is no store: it lacks delete, lock (celements.store says what they "
      .. "do)", caller.blamed(function() ensure(implement "get put each close") end))
    ensure(celements.store.memory())
  end)

  it("knows no other store", function()
    assert.is_nil(celements.store.memcached)
  end)
end)
