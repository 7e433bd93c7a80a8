-- What earlier versions of celements have kept: tokens are lost, and instances made twice, where it cannot be read.
local celements = require "celements"
local core = require "celements.core"
local folder = require "spec.support.folder"
local luasql = require "luasql.sqlite3"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local redis = require "spec.support.redis"

local TAG = "celements-6c9a2d6e6d2ec9e4351cf8055067626c04b7453b" -- of the key "k"

local function bytes(hex)
  return (hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
end

describe("an earlier version's", function()
  local server, client

  setup(function() server = assert(sandbox.start()) end)
  teardown(function() server:stop() end)
  before_each(function()
    assert(server:reset())
    client = caller.client(server)
  end)
  after_each(function() client:close() end)

  it("instance is found by the tag of its key", function()
    local made = assert(client.instances:create(caller.mailjet { tags = { "newsletter", TAG } }))
    local found, info = client.instances:ensure("k", caller.mailjet())
    assert.equal("adopted", info.outcome)
    assert.equal(made.token, found.token)
  end)

  it("record tells the instance of its key, and that the request is the same", function()
    local made = assert(client.instances:create(caller.mailjet()))
    local store = celements.store.memory()
    assert(store:put("ensure/" .. TAG, core.encode {
      version = 1, key = "k", tag = TAG, instance = { id = made.id, token = made.token },
      request = { salt = "00112233445566778899aabbccddeeff", parts = {
        name = "64dce568e0b5566e1e208bc270cef99a",
        tags = "fe29e747abeda2e2524ce37882faebd7",
        ["element.key"] = "c1f69f2f34c51e3daba94db1139c0e64",
        ["configuration.mailjet.api.key"] = "2907626a7b8614a5b3308fca2ba413c8",
        ["configuration.mailjet.api.secret"] = "747b00184f5087ae7fa87f76d81240c4",
      } },
    }))
    local found, info = client.instances:ensure("k", caller.mailjet(), { store = store })
    assert.truthy(found, tostring(info))
    assert.equal("unchanged", info.outcome)
    assert.equal(made.token, found.token)
  end)
end)

it("a value that an earlier version sealed is opened, whichever way the key is given", function()
  local inner = celements.store.memory()
  assert(inner:put("name", bytes("63656c656d656e7473207365616c656420310a06284580c5f30e3f69d50dbbec1ebeda39f8a948797a55"
    .. "c5cf9c3df47b4ff9279064e32b7eeca6a3b81e4cb60030")))
  for _, key in ipairs { ("5a"):rep(32), ("Z"):rep(32) } do
    assert.equal("token-7d1e", assert(celements.store.seal(inner, { key = key })):get "name")
  end
end)

it("a file that an earlier version made is read and written", function()
  local place = folder.new()
  finally(function() folder.remove(place) end)
  local path = place .. "/tokens.db"
  local environment = luasql.sqlite3()
  local handle = assert(environment:connect(path))
  for _, sql in ipairs {
    "CREATE TABLE record (name BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL)",
    "CREATE TABLE lock (name BLOB PRIMARY KEY NOT NULL, owner TEXT NOT NULL, due REAL NOT NULL)",
    "PRAGMA application_id = 1667591269", "PRAGMA user_version = 1",
    "INSERT INTO record VALUES (x'6e616d65', x'746f6b656e2d37643165')",
  } do
    assert(handle:execute(sql))
  end
  handle:close()
  environment:close()
  local store = assert(celements.store.sqlite(path))
  assert.equal("token-7d1e", store:get "name")
  local held = assert(store:lock "name")
  assert.is_true(store:put("name", "other", held))
  assert.equal("other", store:get "name")
  store:close()
end)

it("what an earlier version kept in Redis is found, and its lock heeded", function()
  local server = redis.start()
  finally(function() server:stop() end)
  server:command "SET celements:record:name token-7d1e"
  server:command "SET celements:lock:name 0123456789abcdef"
  local store = assert(celements.store.redis { path = server.path })
  assert.equal("token-7d1e", store:get "name")
  assert.equal("conflict", select(2, store:lock "name").kind)
  store:close()
end)
