--- What every store must do, told without busted so that it can also be run inside nginx. A case is given `open`, which
--- opens the same empty place each time it is called.
local celements = require "celements"

local contract = {}

local function equal(expected, actual, what)
  if expected ~= actual then
    error(("%s: expected %s, got %s"):format(what or "value", tostring(expected), tostring(actual)), 2)
  end
end

local function conflict(ok, err)
  equal(nil, ok, "what should be a conflict")
  equal("conflict", err.kind, "kind")
end

local function all(store, prefix)
  local found, count = {}, 0
  for name, value in store:each(prefix) do
    equal(nil, found[name], "seen before")
    found[name], count = value, count + 1
  end
  return found, count
end

-- Every byte, among them what SQL, Redis, shells and patterns make something of.
local BYTES = {}
for code = 0, 255 do BYTES[code + 1] = string.char(code) end
BYTES = table.concat(BYTES)

local NAMES = {
  "", "plain", "with space", "O'Hara\"`", "snow ☃ and 漢字", "a\0b", "line\nbreak\r\n", "100%", "under_score", "star*",
  "star**", "question?", "[a-c]", "b", "back\\slash", "colon:colon", "; DROP TABLE record; --", "$(id)", BYTES,
}

local function case(name, run)
  table.insert(contract, { name = name, run = run })
end

-- A lease that ends at once; the next owner waits for it.
local BRIEF = 0.01

local function successor(store, name)
  return assert(store:lock(name, { wait = 30 }))
end

case("keeps, replaces, gives and forgets values", function(open)
  local store = open()
  equal(nil, store:get "a")
  equal(true, store:put("a", "1"))
  equal("1", store:get "a")
  equal(true, store:put("a", "2"))
  equal("2", store:get "a")
  equal(true, store:delete "a")
  equal(nil, store:get "a")
  equal(true, store:delete "a")
end)

case("keeps any bytes, none, and many", function(open)
  local store = open()
  for _, value in ipairs { "", "\0", BYTES, BYTES:reverse(), "'", "\r\n", BYTES:rep(1024) } do
    equal(true, store:put("name", value))
    equal(value, store:get "name")
  end
end)

case("has any names", function(open)
  local store = open()
  for index, name in ipairs(NAMES) do assert(store:put(name, tostring(index))) end
  for index, name in ipairs(NAMES) do equal(tostring(index), store:get(name), name) end
  local found, count = all(store)
  equal(#NAMES, count)
  for index, name in ipairs(NAMES) do equal(tostring(index), found[name], name) end
  for _, name in ipairs(NAMES) do assert(store:delete(name)) end
  equal(nil, next((all(store))))
end)

case("lists by prefix, none of whose characters stands for others", function(open)
  local store = open()
  for _, name in ipairs(NAMES) do assert(store:put(name, "x")) end
  for _, prefix in ipairs(NAMES) do
    local expected = 0
    for _, name in ipairs(NAMES) do
      if name:sub(1, #prefix) == prefix then expected = expected + 1 end
    end
    local found, count = all(store, prefix)
    equal("x", found[prefix], prefix)
    equal(expected, count, prefix)
  end
  equal(nil, next((all(store, "nothing begins so"))))
end)

case("lists more than a page, also while they are deleted", function(open)
  local store = open()
  for index = 1, 220 do assert(store:put("record/" .. index, tostring(index))) end
  assert(store:put("recorc", "before"))
  assert(store:put("recore", "behind"))
  local found, count = all(store, "record/")
  equal(220, count)
  for index = 1, 220 do equal(tostring(index), found["record/" .. index]) end
  count = 0
  for name in store:each "record/" do
    assert(store:delete(name))
    count = count + 1
  end
  equal(220, count)
  equal(2, select(2, all(store)))
end)

case("has locks with one owner", function(open)
  local store = open()
  local held = assert(store:lock "name")
  conflict(store:lock "name")
  conflict(store:lock("name", { wait = 0.05 }))
  assert(store:lock "another"):release()
  equal(nil, store:get "name", "a lock is no value")
  equal(0, select(2, all(store)))
  equal(true, held:release())
  equal(false, held:release())
  equal(true, assert(store:lock "name"):release())
end)

case("has locks of any names", function(open)
  local store = open()
  local held = {}
  for index, name in ipairs(NAMES) do held[index] = assert(store:lock(name)) end
  for index, name in ipairs(NAMES) do
    conflict(store:lock(name))
    equal(true, store:put(name, "x", held[index]))
    equal(true, held[index]:release())
  end
end)

case("writes and deletes with the lock, whatever the value's name", function(open)
  local store = open()
  local held = assert(store:lock "name")
  equal(true, store:put("name", "1", held))
  equal(true, store:put("other name", "2", held))
  equal("1", store:get "name")
  equal(true, store:delete("name", held))
  equal(true, store:delete("name", held))
  equal(nil, store:get "name")
  equal("2", store:get "other name")
  equal(true, held:release())
  conflict(store:put("name", "3", held))
  conflict(store:delete("other name", held))
  equal("2", store:get "other name")
  equal(nil, store:get "name")
end)

case("lets an owner write after its lease, until another one has taken the lock", function(open)
  local store = open()
  local late = assert(store:lock("name", { lease = BRIEF }))
  celements.sleep(3 * BRIEF)
  equal(true, store:put("name", "late", late))
  local held = successor(store, "name")
  conflict(store:put("name", "too late", late))
  conflict(store:delete("name", late))
  equal("late", store:get "name")
  equal(false, late:release())
  conflict(late:extend())
  conflict(store:lock "name")
  equal(true, store:put("name", "new", held))
  equal(true, held:release())
  -- Neither does the next owner's end bring the lock back.
  conflict(store:put("name", "too late", late))
  conflict(store:delete("name", late))
  conflict(late:extend())
  equal("new", store:get "name")
end)

case("extends a lease, also one that is over", function(open)
  local store = open()
  local held = assert(store:lock("name", { lease = BRIEF }))
  celements.sleep(3 * BRIEF)
  equal(true, held:extend(3600))
  conflict(store:lock "name")
  equal(true, store:put("name", "value", held))
  equal(true, held:extend(BRIEF))
  local next_one = successor(store, "name")
  conflict(held:extend(3600))
  equal(true, next_one:extend())
  equal(true, next_one:release())
  conflict(next_one:extend())
end)

case("puts and deletes without a lock whoever holds it", function(open)
  local store = open()
  local held = assert(store:lock "name")
  equal(true, store:put("name", "1"))
  equal(true, store:delete "name")
  equal(true, store:put("name", "2", held))
end)

case("takes the longest leases", function(open)
  local store = open()
  local held = assert(store:lock("name", { lease = math.huge }))
  conflict(store:lock "name")
  equal(true, held:extend(math.huge))
  conflict(store:lock "name")
end)

case("is one place for all who open it", function(open)
  local first, second = open(), open()
  assert(first:put("name", "value"))
  equal("value", second:get "name")
  local late = assert(first:lock("name", { lease = BRIEF }))
  local held = successor(second, "name")
  conflict(first:lock "name")
  conflict(first:put("name", "late", late))
  equal(false, late:release())
  equal(true, second:put("name", "new", held))
  equal("new", first:get "name")
  equal(true, held:release())
  equal(true, assert(first:lock "name"):release())
end)

case("has locks for many tasks", function(open)
  local store = open()
  assert(store:put("count", "0"))
  local tasks = {}
  for index = 1, 12 do
    tasks[index] = assert(celements.spawn(function()
      local held, err = store:lock("count", { wait = 600 })
      if not held then return nil, err end
      local count = tonumber(store:get "count")
      celements.sleep(0.001)
      local ok
      ok, err = store:put("count", ("%d"):format(count + 1), held)
      held:release()
      return ok, err
    end))
  end
  for _, task in ipairs(tasks) do equal(true, task:wait()) end
  equal("12", store:get "count")
end)

case("refuses wrong arguments, and locks of others", function(open)
  local store = open()
  local function misuse(text, method, ...)
    local ok, message = pcall(method, store, ...)
    equal(false, ok, text)
    assert(tostring(message):find(text, 1, true), message)
  end
  misuse("store:get: name must be a string, not nil", store.get)
  misuse("store:put: name must be a string, not a number", store.put, 1, "value")
  misuse("store:put: value must be a string, not a table", store.put, "name", {})
  misuse("store:put: lock must be one that lock() of the same store returned", store.put, "name", "value", "lock")
  misuse("store:delete: lock must be one that lock() of the same store returned", store.delete, "name",
    assert(celements.store.memory():lock "name"))
  misuse("store:each: prefix must be a string", store.each, 1)
  misuse("store:lock: unknown option 'leese' (did you mean 'lease'?)", store.lock, "name", { leese = 1 })
  misuse("store:lock: option 'lease' must be a positive number of seconds, not 0", store.lock, "name", { lease = 0 })
  local held = assert(store:lock "name")
  local ok, message = pcall(held.extend, held, -1)
  assert(not ok and message:find("lock:extend: lease must be a positive number of seconds", 1, true), message)
end)

case("does nothing when it is closed", function(open)
  local store = open()
  assert(store:put("name", "value"))
  local held = assert(store:lock "name")
  store:close()
  store:close()
  local function closed(ok, err)
    equal(nil, ok)
    equal("closed", err.kind)
  end
  closed(store:get "name")
  closed(store:put("name", "value"))
  closed(store:delete "name")
  closed(store:lock "name")
  closed(held:extend())
  closed(held:release())
  local ok, err = pcall(store.each, store)
  equal(false, ok)
  equal("closed", err.kind)
  equal("celements.Store (closed)", tostring(store))
end)

case("is a store", function(open)
  local store = open()
  equal(nil, celements.store.lacks(store))
  celements.store.check("here", "store", store)
end)

return contract
