-- The store in Redis, through redis-lua, against a server that is killed and started again.
local caller = require "spec.support.caller"
local celements = require "celements"
local contract = require "spec.store.contract"
local folder = require "spec.support.folder"
local redis = require "spec.support.redis"
local waiting = require "spec.support.waiting"
local without = require "spec.support.without"

local KEY = ("5a"):rep(32)
local PASSWORD = "password-5e1d"

local server, cases

setup(function() server, cases = redis.start(), 0 end)
teardown(function() server:stop() end)
before_each(function() cases = cases + 1 end)

-- Each case has a place of its own in the server.
local function open()
  return assert(celements.store.redis { path = server.path, prefix = ("case %d*:"):format(cases) })
end

local function unavailable(text, value, err)
  assert.is_nil(value)
  assert.equal("unavailable", err.kind)
  assert.truthy(tostring(err):find(text, 1, true), tostring(err))
  assert.is_nil(caller.find(err, PASSWORD))
end

describe("a store in Redis", function()
  for _, case in ipairs(contract) do
    it(case.name, function() case.run(open) end)
  end

  it("keeps its prefix apart from others", function()
    local first = assert(celements.store.redis { path = server.path, prefix = "[first]" })
    local second = assert(celements.store.redis { path = server.path, prefix = "f" })
    assert(first:put("name", "value"))
    assert(first:lock "name")
    assert.is_nil(second:get "name")
    assert.truthy(second:lock "name")
    for _ in second:each() do error("it has none") end
    local count = 0
    for _ in first:each() do count = count + 1 end
    assert.equal(1, count)
  end)

  it("forgets locks that nobody released, after a day", function()
    local store = assert(celements.store.redis { path = server.path, prefix = "ttl:" })
    local held = assert(store:lock("name", { lease = 50 }))
    local lease, owner = tonumber(server:command "TTL ttl:lock:name"), tonumber(server:command "TTL ttl:owner:name")
    assert.is_true(lease > 0 and lease <= 50 and owner > 80000 and owner <= 86450)
    held:release()
    assert.equal("0", server:command "EXISTS ttl:lock:name")
    owner = tonumber(server:command "TTL ttl:owner:name")
    assert.is_true(owner > 0 and owner <= 60)
  end)

  it("connects again when Redis was killed, and finds all that was answered", function()
    local store = open()
    local held = assert(store:lock("name", { lease = 3600 }))
    for index = 1, 50 do assert(store:put("record " .. index, "value " .. index, held)) end
    server:kill()
    unavailable("cannot connect to " .. server.path, store:get "record 1")
    unavailable("see that Redis runs", store:put("record 1", "other", held))
    local ok, err = pcall(function() for _ in store:each() do error("never") end end)
    assert.is_false(ok)
    unavailable("cannot connect", nil, err)
    server:run()
    for index = 1, 50 do assert.equal("value " .. index, store:get("record " .. index)) end
    assert.equal("conflict", select(2, store:lock "name").kind)
    assert.is_true(store:put("record 1", "other", held))
    assert.is_true(held:release())
  end)

  it("connects again for what it was doing when the connection broke", function()
    local store = open()
    assert(store:put("name", "value"))
    server:kill()
    server:run()
    assert.is_true(store:put("name", "other"))
    server:kill()
    server:run()
    local held = assert(store:lock "name")
    server:kill()
    server:run()
    assert.is_true(store:delete("name", held))
    server:kill()
    server:run()
    assert.is_true(held:release())
    assert.truthy(store:lock "name")
  end)

  it("does not wait for ever", function()
    local store = assert(celements.store.redis { path = server.path, timeout = 0.1 })
    waiting.till(function() return store:put("name", "value") end, "an answer in time")
    server:signal "STOP"
    local value, err = store:get "name"
    server:signal "CONT"
    unavailable("no answer in time", value, err)
    waiting.till(function() return store:get "name" == "value" end, "an answer in time")
  end)

  it("says what Redis refuses", function()
    local store = open()
    server:command("LPUSH '" .. ("case %d*:record:list"):format(cases) .. "' x")
    unavailable("WRONGTYPE", store:get "list")
    local other = assert(celements.store.redis { path = server.path, password = PASSWORD })
    unavailable("called without any password configured", other:get "name")
    other = assert(celements.store.redis { path = server.path, db = 1000 })
    unavailable("DB index is out of range", other:get "name")
    assert(server:command "CONFIG SET maxmemory 1" == "OK")
    local refused, why = store:put("name", "token-11f8")
    server:command "CONFIG SET maxmemory 0"
    unavailable("give Redis more memory", refused, why)
    assert.is_nil(caller.find(why, "token-11f8"))
  end)

  it("blames who misuses it", function()
    local function message(given) return caller.blamed(function() celements.store.redis(given) end) end
    assert.equal("celements.store.redis: unknown option 'hots' (did you mean 'host'?)", message { hots = "x" })
    assert.equal("celements.store.redis: option 'path' goes without 'host' and 'port'",
      message { path = "x", port = 1 })
    assert.equal("celements.store.redis: option 'username' needs 'password'", message { username = "x" })
    assert.equal("celements.store.redis: option 'db' must be a whole number from 0 on", message { db = 1.5 })
  end)

  it("says what to install", function()
    without("redis", function() unavailable("lua-redis", celements.store.redis()) end)
    without("socket", function() unavailable("lua-socket", celements.store.redis()) end)
    unavailable("redis-lua has no TLS", celements.store.redis { tls = true })
  end)
end)

describe("a store in a Redis with a password, over TCP", function()
  local guarded

  setup(function() guarded = redis.start(PASSWORD) end)
  teardown(function() guarded:stop() end)

  local function at(changes)
    local given = { port = guarded.port, password = PASSWORD, db = 3 }
    for name, value in pairs(changes or {}) do given[name] = value or nil end
    return assert(celements.store.redis(given))
  end

  it("logs in, and is in its database", function()
    local store = at()
    assert(store:put("name", "value"))
    assert.equal("value", at { username = "default" }:get "name")
    assert.equal("value", guarded:command "-n 3 GET celements:record:name")
    assert.is_nil(at { db = 0 }:get "name")
    assert.is_nil(caller.find(tostring(store), PASSWORD))
    guarded:kill()
    guarded:run()
    assert.equal("value", store:get "name")
  end)

  it("says that the password is wrong or missing", function()
    unavailable("check options 'username' and 'password'", at { password = "wrong" }:get "name")
    unavailable("give option 'password'", at { password = false, db = false }:get "name")
  end)
end)

describe("a sealed store in Redis", function()
  local function open_sealed() return assert(celements.store.seal(open(), { key = KEY })) end

  for _, case in ipairs(contract) do
    it(case.name, function() case.run(open_sealed) end)
  end

  it("never has a token in what Redis writes", function()
    local store = open_sealed()
    local held = assert(store:lock "customer/1")
    assert(store:put("customer/1", "token-cafe", held))
    assert(store:put("customer/2", "token-cafe"))
    assert.equal("OK", server:command "SAVE")
    assert.equal("", folder.find(server.folder, "token-cafe"))
    assert.truthy(folder.find(server.folder, "customer/1"):find "dump.rdb")
    assert(open():put("plain", "token-cafe"))
    assert.truthy(folder.find(server.folder, "token-cafe"):find "appendonly")
  end)
end)
