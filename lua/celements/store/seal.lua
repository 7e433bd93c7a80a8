--- Keeps tokens in another store, encrypted: who copies its file or dumps its memory has nothing without the key.
---
--- Names stay readable. Who can write to the store can delete a value, or bring an earlier one of the same name back.

local base = require "celements.store.base"
local envelope = require "celements.store.envelope"
local lock = require "celements.store.lock"
local options = require "celements.options"
local store = require "celements.store"

local seal = {}

local WHERE = "celements.store.seal"
local known = { key = "string", previous = "table" }

-- For another owner of a record that is to be sealed anew, in seconds.
local PATIENCE = 180

---@class celements.store.Sealed: celements.store.Backend
local Backend = {}
Backend.__index = Backend

function Backend:read(name)
  local sealed, err = self.inner:get(name)
  if not sealed then return nil, err end
  return self.envelope:open(name, sealed)
end

-- What the inner store says, as a backend does: a lost lock is false.
local function answer(ok, err)
  if ok == nil and err and err.kind == "conflict" then return false end
  return ok, err
end

function Backend:write(name, value, held)
  local inner = held and held.inner
  if not value then return answer(self.inner:delete(name, inner)) end
  return answer(self.inner:put(name, self.envelope:seal(name, value), inner))
end

function Backend:list(prefix)
  local next_one = self.inner:each(prefix)
  return function()
    local name, sealed = next_one()
    if name == nil then return nil end
    local value, err = self.envelope:open(name, sealed)
    if not value then error(err, 0) end
    return name, value
  end
end

function Backend:take(held, lease)
  local taken, err = self.inner:lock(held.name, { lease = lease })
  held.inner = taken
  return answer(taken and true, err)
end

-- The inner store has a lock of its own in `held`.
function Backend.extend(_, held, lease)
  return answer(held.inner:extend(lease))
end

function Backend.drop(_, held)
  return held.inner:release()
end

function Backend:close()
  self.inner:close()
end

local function seal_anew(self, name, inner)
  local sealed, err = inner:get(name)
  if not sealed then return err == nil and 0 or nil, err end
  if self.envelope:is_current(sealed) then return 0 end
  local held
  held, err = inner:lock(name, { wait = PATIENCE })
  if not held then return nil, err end
  local value
  sealed, err = inner:get(name)
  if sealed then value, err = self.envelope:open(name, sealed) end
  local ok = sealed == nil and err == nil
  if value then ok, err = inner:put(name, self.envelope:seal(name, value), held) end
  held:release()
  if not ok then return nil, err end
  return sealed and 1 or 0
end

--- Seals with the new key what was sealed with a previous one. Takes the lock of each record's name for it: who writes
--- without that lock meanwhile may see an earlier value come back.
---@param self celements.SealedStore
---@param prefix string? of the names
---@return integer? count how many were sealed anew
---@return celements.Error? err why it stopped; what is done stays done, and it may be called again
local function rotate(self, prefix)
  if prefix ~= nil then options.argument("store:rotate", "prefix", prefix, "string") end
  local backend = self._backend
  if not backend then return nil, lock.closed() end
  local names, count = {}, 0
  -- In Lua 5.1 no other task can run inside this loop.
  for name in backend.inner:each(prefix) do table.insert(names, name) end
  for _, name in ipairs(names) do
    local done, err = seal_anew(backend, name, backend.inner)
    if not done then return nil, err end
    count = count + done
  end
  return count
end

-- Text of a keyboard is no key: it would be guessed.
local function bytes_of(name, key)
  if type(key) == "string" then
    if #key == 32 then return key end
    if #key == 64 and not key:find("%X") then
      return (key:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
    end
  end
  error(("%s: option '%s' must be a key of 32 random bytes, or their 64 hexadecimal digits (openssl rand -hex 32)")
    :format(WHERE, name), 3)
end

--- Options of `celements.store.seal`. A key is 32 random bytes, or their 64 hexadecimal digits.
---@class celements.SealOptions
---@field key string what is sealed from now on is sealed with it
---@field previous string[]? keys that values may still be sealed with

--- A store that keeps its values encrypted in another one. Made by `celements.store.seal`.
---@class celements.SealedStore: celements.Store
---@field rotate fun(self: celements.SealedStore, prefix: string?): integer?, celements.Error? seals anew what was
--- sealed with a previous key

--- Makes a store whose values are encrypted in another one. A key is 32 random bytes, or their 64 hexadecimal digits
--- (`openssl rand -hex 32`). To change it, give the old one in `previous`, call `store:rotate()`, and leave it out
--- when that has returned.
---@param inner celements.Store closed with this one
---@param given celements.SealOptions
---@return celements.SealedStore? store
---@return celements.Error? err of kind "unavailable" without luaossl
function seal.new(inner, given)
  store.check(WHERE, "store", inner)
  given = options.check(WHERE, given, known)
  local key, previous = bytes_of("key", given.key), {}
  for index, old in ipairs(given.previous or {}) do
    previous[index] = bytes_of(("previous[%d]"):format(index), old)
  end
  local made, err = envelope.new(key, previous)
  if not made then return nil, err end
  local self = base.new(setmetatable({ inner = inner, envelope = made }, Backend), "sealed: " .. tostring(inner))
  self.rotate = rotate
  return self
end

return seal
