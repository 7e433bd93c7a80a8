--- Keeps tokens in one of nginx's shared dictionaries: for all workers of a machine, until nginx is stopped.

local base = require "celements.store.base"
local errors = require "celements.errors"
local lock = require "celements.store.lock"
local mutex = require "celements.store.mutex"
local options = require "celements.options"

local shared_dict = {}

local known = { prefix = "string" }

---@class celements.store.SharedDict: celements.store.Backend
local Backend = {}
Backend.__index = Backend

local function failure(why)
  local hint = why == "no memory" and "give lua_shared_dict more room" or "see nginx's error log"
  return errors.new { kind = "unavailable", message = "the shared dictionary refuses: " .. why, hint = hint }
end

function Backend:read(name)
  local value, why = self.dict:get(self.records .. name)
  if value == nil and why then return nil, failure(why) end
  return value
end

-- A full dictionary is an error: never makes room at the cost of another value.
local function set(dict, key, value, seconds)
  local ok, why = dict:safe_set(key, value, seconds or 0)
  if not ok then return nil, failure(why) end
  return true
end

local function write(self, name, value)
  local key = self.records .. name
  if value then return set(self.dict, key, value) end
  self.dict:delete(key)
  return true
end

-- A dictionary has no step that compares and writes: who compares first keeps the other workers out.
local function within(self, held, step)
  return mutex.within(self.dict, self.mutexes .. held.name, step, failure)
end

local function is_last(self, held)
  return self.dict:get(self.owners .. held.name) == held.owner
end

function Backend:write(name, value, held)
  if not held then return write(self, name, value) end
  return within(self, held, function()
    if not is_last(self, held) then return false end
    return write(self, name, value)
  end)
end

function Backend:list(prefix)
  local whole = self.records .. prefix
  local keys, at = self.dict:get_keys(0), 0
  return function()
    while at < #keys do
      at = at + 1
      local key = keys[at]
      if key:sub(1, #whole) == whole then
        local value = self.dict:get(key)
        if value ~= nil then return key:sub(#self.records + 1), value end
      end
    end
  end
end

-- The lease ends by the dictionary's clock; the owner is remembered for longer.
local function begin(self, held, lease)
  local ok, err = set(self.dict, self.owners .. held.name, held.owner, lease + lock.REMEMBERED)
  if not ok then return nil, err end
  return set(self.dict, self.leases .. held.name, true, lease)
end

function Backend:take(held, lease)
  return within(self, held, function()
    if self.dict:get(self.leases .. held.name) then return false end
    return begin(self, held, lease)
  end)
end

function Backend:extend(held, lease)
  return within(self, held, function()
    if not is_last(self, held) then return false end
    return begin(self, held, lease)
  end)
end

function Backend:drop(held)
  return within(self, held, function()
    if not is_last(self, held) then return false end
    self.dict:delete(self.owners .. held.name)
    self.dict:delete(self.leases .. held.name)
    return true
  end)
end

--- Options of `celements.store.shared_dict`.
---@class celements.SharedDictOptions
---@field prefix string? what all names in the dictionary begin with; default none

--- Makes a store. Names may begin with a `prefix` of your own, so that the dictionary can hold other things, too.
--- All workers wait while `each` has nginx list the names of the whole dictionary.
---@param dict table such as `ngx.shared.tokens`, from `lua_shared_dict tokens 10m`
---@param given celements.SharedDictOptions?
---@return celements.Store
function shared_dict.new(dict, given)
  local where = "celements.store.shared_dict"
  if type(dict) ~= "table" or not dict.safe_set then
    error(where .. ": dict must be one of ngx.shared, from lua_shared_dict, not " .. options.kind(dict), 2)
  end
  local prefix = options.check(where, given, known).prefix or ""
  return base.new(setmetatable({
    dict = dict, records = prefix .. "record:", leases = prefix .. "lock:", owners = prefix .. "owner:",
    mutexes = prefix .. "mutex:",
  }, Backend), "shared dictionary")
end

return shared_dict
