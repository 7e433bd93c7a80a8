--- Where element tokens are kept: what every store can do, and the stores there are.
---
--- A store keeps strings under names, and has locks for what is to be done once. These come with celements; each is
--- loaded when it is first asked for, and opened by `celements.store.NAME(…)`:
---
--- | store | keeps | shared by |
--- |---|---|---|
--- | `memory()` | until the Lua state ends | the tasks of one Lua state |
--- | `sqlite(path)` | in a file | the processes of one machine |
--- | `redis(options)` | as Redis is set up to | every machine that reaches it |
--- | `shared_dict(dict)` | until nginx is stopped | the workers of one nginx |
--- | `seal(store, { key = … })` | in another store, encrypted | as the other one |
---
--- To write another, make an object with the methods of `celements.Store` whose locks have those of `celements.Lock`:
---
--- - Names and values are strings of any bytes. A value may be some kilobytes long.
--- - What `put` has returned true for is there for every later `get`, by whomever.
--- - `put` and `delete` with a lock check it and write in one step of the backend. They succeed as long as no other
---   owner has taken the lock since, even when its lease is over: an owner that was paused for long can then never
---   overwrite what its successor wrote. The check must not be left to a clock.
--- - What a backend cannot do is `nil, err`, made by `celements.errors.new` of kind "unavailable" with a hint what to
---   do; a lost lock is of kind "conflict". Neither may hold a value. Only wrong arguments raise, and `each` raises its
---   error because an iterator cannot return one.
--- - Waiting goes through `celements.sleep`, or blocks.

local options = require "celements.options"

--- What every store can do. Names and values are strings of any bytes.
---@class celements.Store
---@field get fun(self: celements.Store, name: string): string?, celements.Error? nil alone: there is none
---@field put fun(self: celements.Store, name: string, value: string, lock: celements.Lock?): true?, celements.Error?
--- with a lock only as long as no other owner has taken it since, as for `delete`
---@field delete fun(self: celements.Store, name: string, lock: celements.Lock?): true?, celements.Error? also when
--- there was none
---@field each fun(self: celements.Store, prefix: string?): fun(): string?, string? names and values, in any order;
--- what is put or deleted meanwhile may be seen or not, the rest is seen once
---@field lock fun(self: celements.Store, name: string, given: celements.LockOptions?): celements.Lock?, any the error
--- is of kind "conflict" when another owner holds it; the name has nothing to do with those of values
---@field close fun(self: celements.Store) may be called again; everything else then fails with kind "closed"

--- A lock that was taken. It has one owner: who has this object.
---@class celements.Lock
---@field extend fun(self: celements.Lock, lease: number?): true?, celements.Error? the lease begins anew; the error is
--- of kind "conflict" when another owner has taken it since
---@field release fun(self: celements.Lock): boolean?, celements.Error? false when it was lost or released before

--- How a lock is taken. Times are seconds.
---@class celements.LockOptions
---@field lease number? after which others may take it; default 120, more than a creation may take
---@field wait number? how long to wait for another owner; default not at all

---@class celements.store
---@field memory fun(): celements.Store
---@field redis fun(given: celements.RedisOptions?): celements.Store?, celements.Error?
---@field seal fun(inner: celements.Store, given: { key: string, previous: string[]? }): celements.SealedStore?, any
---@field shared_dict fun(dict: table, given: { prefix: string? }?): celements.Store
---@field sqlite fun(path: string): celements.Store?, celements.Error?
local store = {}

local METHODS = { "get", "put", "delete", "each", "lock", "close" }
local KNOWN = { memory = true, redis = true, seal = true, shared_dict = true, sqlite = true }

--- Says what a value lacks to be a store.
---@param value any of any type
---@return string[]? methods that it lacks; nil when it is a store
function store.lacks(value)
  local list = {}
  local kind = type(value)
  for _, name in ipairs(METHODS) do
    local ok, method = pcall(function() return value[name] end)
    if kind ~= "table" and kind ~= "userdata" or not ok or type(method) ~= "function" then table.insert(list, name) end
  end
  return list[1] and list or nil
end

--- Raises at the caller's caller unless the value is a store.
---@private
---@param where string the function, as the user calls it
---@param name string the argument, such as "option 'store'"
---@param value any
---@param level integer? as in `celements.options.check`
function store.check(where, name, value, level)
  options.argument(where, name, value, type(value) == "userdata" and "userdata" or "table", (level or 2) + 1)
  local list = store.lacks(value)
  if list then
    local text = "%s: %s is no store: it lacks %s (celements.store says what they do)"
    error(text:format(where, name, table.concat(list, ", ")), (level or 2) + 1)
  end
end

return setmetatable(store, {
  __index = function(self, name)
    if not KNOWN[name] then return nil end
    self[name] = require("celements.store." .. name).new
    return self[name]
  end,
})
