--- Keeps tokens in one of nginx's shared dictionaries: for all workers of a machine, until nginx is stopped.

local errors = require "celements.errors"
local lock = require "celements.store.lock"
local options = require "celements.options"

--- What every store can do. Names and values are strings; a value is as secret as the token in it.
---@class celements.Store
---@field get fun(self: celements.Store, name: string): string?, celements.Error? nil alone: there is none
---@field put fun(self: celements.Store, name: string, value: string): true?, celements.Error?
---@field delete fun(self: celements.Store, name: string): true?, celements.Error? also when there was none
---@field each fun(self: celements.Store, prefix: string?): fun(): string?, string? in any order; names and values
---@field lock fun(self: celements.Store, name: string, given: celements.LockOptions?): celements.Lock?, any

---@class celements.SharedDictStore: celements.Store
local Store = { __name = "celements.store.shared_dict" }
Store.__index = Store

local shared_dict = {}

local known = { prefix = "string" }

local function failure(why)
  local hint = why == "no memory" and "give lua_shared_dict more room" or nil
  return errors.new { kind = "unavailable", message = "the shared dictionary refuses: " .. why, hint = hint }
end

--- Makes a store. Names may begin with a `prefix` of your own, so that the dictionary can hold other things, too.
---@param dict table such as `ngx.shared.tokens`, from `lua_shared_dict tokens 10m`
---@param given { prefix: string? }?
---@return celements.SharedDictStore
function shared_dict.new(dict, given)
  local where = "shared_dict.new"
  if type(dict) ~= "table" or not dict.safe_set then
    error(where .. ": dict must be one of ngx.shared, from lua_shared_dict, not a " .. type(dict), 2)
  end
  local prefix = options.check(where, given, known).prefix or ""
  return setmetatable({ _dict = dict, _records = prefix .. "record:", _locks = prefix .. "lock:" }, Store)
end

--- Reads a value.
---@param name string
---@return string? value nil when there is none
---@return celements.Error?
function Store:get(name)
  options.argument("store:get", "name", name, "string")
  local value, why = self._dict:get(self._records .. name)
  if value == nil and why then return nil, failure(why) end
  return value
end

--- Keeps a value. Never at the cost of another one: a full dictionary is an error.
---@param name string
---@param value string
---@return true? ok
---@return celements.Error?
function Store:put(name, value)
  options.argument("store:put", "name", name, "string")
  options.argument("store:put", "value", value, "string")
  local ok, why = self._dict:safe_set(self._records .. name, value)
  if not ok then return nil, failure(why) end
  return true
end

--- Forgets a value.
---@param name string
---@return true? ok
---@return celements.Error?
function Store:delete(name)
  options.argument("store:delete", "name", name, "string")
  self._dict:delete(self._records .. name)
  return true
end

--- Iterates over what is kept. All workers wait while nginx lists the names of the whole dictionary.
---@param prefix string? of the names
---@return fun(): string?, string? next
function Store:each(prefix)
  if prefix ~= nil then options.argument("store:each", "prefix", prefix, "string") end
  local whole = self._records .. (prefix or "")
  local keys, at = self._dict:get_keys(0), 0
  return function()
    while at < #keys do
      at = at + 1
      local key = keys[at]
      if key:sub(1, #whole) == whole then
        local value = self._dict:get(key)
        if value ~= nil then return key:sub(#self._records + 1), value end
      end
    end
  end
end

--- Takes a lock, so that of many workers one does what is to be done once.
---@param name string
---@param given celements.LockOptions?
---@return celements.Lock? lock
---@return celements.Error? err of kind "conflict" when another one holds it
function Store:lock(name, given)
  options.argument("store:lock", "name", name, "string")
  local dict, key = self._dict, self._locks .. name
  return lock.take("store:lock", given, {
    add = function(owner, lease)
      local ok, why = dict:safe_add(key, owner, lease)
      if not ok and why ~= "exists" then return nil, failure(why) end
      return ok
    end,
    drop = function(owner)
      local is_ours = dict:get(key) == owner
      if is_ours then dict:delete(key) end
      return is_ours
    end,
  })
end

return shared_dict
