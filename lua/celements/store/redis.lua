--- Keeps tokens in Redis: for all machines that reach it. Needs redis-lua, or inside nginx lua-resty-redis.
---
--- What Redis has answered is as durable as Redis is set up to be: with `appendfsync always` it is on its disk, by
--- default up to a second's worth is lost in a power cut, and a replica that takes over may lack what was written last,
--- locks as well as values. A lock that is lost this way is refused to its former owner from then on; but two owners
--- may have been at work, so that what they do outside must bear it (`ensure` looks for what is there already).

local base = require "celements.store.base"
local errors = require "celements.errors"
local lock = require "celements.store.lock"
local options = require "celements.options"

local redis = {}

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local WHERE = "celements.store.redis"
local known = {
  host = "string", port = "size", path = "string", username = "string", password = "string", db = "number",
  prefix = "string", timeout = "seconds", tls = "boolean", tls_verify = "boolean",
}

-- Names that `each` reads at once.
local PAGE = 100

-- Redis runs a script as one step. The lease ends by Redis's clock, and the owner is remembered for longer.
local IF_LAST = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
local BEGIN = [[
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return 1]]
local SCRIPTS = {
  put = IF_LAST .. "redis.call('SET', KEYS[2], ARGV[2]) return 1",
  delete = IF_LAST .. "redis.call('DEL', KEYS[2]) return 1",
  -- One that asks again because it did not hear the answer has the lock already.
  take = [[
    local holder = redis.call('GET', KEYS[2])
    if holder and holder ~= ARGV[1] then return 0 end]] .. BEGIN,
  extend = IF_LAST .. BEGIN,
  -- Nor is one that asks again told that it had not held the lock.
  drop = [[
    local mark = 'released ' .. ARGV[1]
    if redis.call('GET', KEYS[1]) == mark then return 1 end ]] .. IF_LAST .. [[
    redis.call('SET', KEYS[1], mark, 'PX', 60000)
    redis.call('DEL', KEYS[2])
    return 1]],
}

---@class celements.store.Redis: celements.store.Backend
local Backend = {}
Backend.__index = Backend

local HINTS = {
  NOAUTH = "give option 'password'", WRONGPASS = "check options 'username' and 'password'",
  NOPERM = "let the user read and write the store's keys, and run GET, SET, DEL, MGET, SCAN and EVAL",
  READONLY = "connect to the master", LOADING = "try again soon", OOM = "give Redis more memory",
  MISCONF = "see Redis's log: it cannot write to its disk",
}

local function failure(message, broken)
  -- Redis quotes the arguments of a command that it does not know.
  message = message:gsub(",? with args.*", "")
  local code = message:match("^%u+ ")
  local hint = code and (HINTS[code:sub(1, -2)] or "see what Redis says") or "see that Redis runs and can be reached"
  if broken == "lost" then message = message .. "; it may have been done all the same" end
  return errors.new { kind = "unavailable", message = "Redis: " .. message, hint = hint }
end

-- A connection that broke is made anew, once: all that is done here can be done twice without harm.
local function call(self, ...)
  local ok, result, broken = self.connection:call(...)
  if not ok and broken == "lost" then ok, result, broken = self.connection:call(...) end
  if ok then return true, result end
  return false, failure(result, broken)
end

function Backend:read(name)
  local ok, result = call(self, "GET", self.records .. name)
  if not ok then return nil, result end
  return result
end

local function run(self, script, held, ...)
  local ok, result = call(self, "EVAL", SCRIPTS[script], 2, self.owners .. held.name, ...)
  if not ok then return nil, result end
  return result == 1
end

function Backend:write(name, value, held)
  local key = self.records .. name
  if held then return run(self, value and "put" or "delete", held, key, held.owner, value) end
  local ok, result
  if value then ok, result = call(self, "SET", key, value) else ok, result = call(self, "DEL", key) end
  if not ok then return nil, result end
  return true
end

local function page_of(self, cursor, pattern)
  local ok, found = call(self, "SCAN", cursor, "MATCH", pattern, "COUNT", PAGE)
  if not ok then error(found, 0) end
  local keys, values = found[2], {}
  if keys[1] then
    ok, values = call(self, "MGET", unpack(keys))
    if not ok then error(values, 0) end
  end
  return tostring(found[1]), keys, values
end

function Backend:list(prefix)
  local pattern = (self.records .. prefix):gsub("[*?%[%]\\]", "\\%0") .. "*"
  local cursor, keys, values, at = "0", {}, {}, 0
  local begun, seen = false, {} -- SCAN may name a key twice (Redis documentation)
  return function()
    while true do
      at = at + 1
      local key = keys[at]
      if key == nil then
        if begun and cursor == "0" then return nil end
        begun = true
        cursor, keys, values = page_of(self, cursor, pattern)
        at = 0
      elseif not seen[key] and values[at] then
        seen[key] = true
        return key:sub(#self.records + 1), values[at]
      end
    end
  end
end

local function milliseconds(seconds)
  return ("%d"):format(math.ceil(seconds * 1000))
end

local function begin(self, script, held, lease)
  return run(self, script, held, self.leases .. held.name, held.owner, milliseconds(lease),
    milliseconds(lease + lock.REMEMBERED))
end

function Backend:take(held, lease)
  return begin(self, "take", held, lease)
end

function Backend:extend(held, lease)
  return begin(self, "extend", held, lease)
end

function Backend:drop(held)
  return run(self, "drop", held, self.leases .. held.name, held.owner)
end

function Backend:close()
  self.connection:close()
end

--- Options of `celements.store.redis`.
---@class celements.RedisOptions
---@field host string? default "127.0.0.1"
---@field port integer? default 6379
---@field path string? of a Unix socket, instead of host and port
---@field username string? of Redis 6 and later
---@field password string? sent when it connects
---@field db integer? the number of the database; default 0
---@field prefix string? of all keys; default "celements:". In a cluster all keys must be in one slot: "{celements}:"
---@field timeout number? in seconds, to connect and for each answer; default 5
---@field tls boolean? with lua-resty-redis only
---@field tls_verify boolean? whether the server's certificate is verified; default true

--- Makes a store. It connects when it is first used, and again when the connection broke. Inside nginx a call waits
--- without blocking the worker, where cosockets work; elsewhere it blocks, also in an event loop.
---@param given celements.RedisOptions?
---@return celements.Store? store
---@return celements.Error? err of kind "unavailable" when the library is missing
function redis.new(given)
  given = options.check(WHERE, given, known)
  if given.path and (given.host or given.port) then
    error(WHERE .. ": option 'path' goes without 'host' and 'port'", 2)
  end
  if given.username and not given.password then error(WHERE .. ": option 'username' needs 'password'", 2) end
  local db = given.db or 0
  if db < 0 or db % 1 ~= 0 then error(WHERE .. ": option 'db' must be a whole number from 0 on", 2) end
  local ngx = rawget(_G, "ngx")
  local kind = type(ngx) == "table" and ngx.socket and "nginx" or "plain"
  local settings = {
    host = given.host or "127.0.0.1", port = given.port or 6379, path = given.path, username = given.username,
    password = given.password, db = ("%d"):format(db), timeout = given.timeout or 5, tls = given.tls,
    tls_verify = given.tls_verify ~= false,
  }
  local connection, err = require("celements.store.redis_" .. kind).new(settings)
  if not connection then return nil, err end
  local prefix = given.prefix or "celements:"
  return base.new(setmetatable({
    connection = connection, records = prefix .. "record:", leases = prefix .. "lock:", owners = prefix .. "owner:",
  }, Backend), "Redis, " .. (settings.path or ("%s:%d"):format(settings.host, settings.port)))
end

return redis
