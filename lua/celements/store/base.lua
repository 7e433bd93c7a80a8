--- What is the same in every store: arguments, locks, and how they fail. A backend does the rest.

local lock = require "celements.store.lock"
local options = require "celements.options"

--- What a store is made of. Functions that fail return nil and an error.
---@class celements.store.Backend
---@field read fun(self: table, name: string): string?, celements.Error?
---@field write fun(self: table, name: string, value: string?, held: celements.store.Held?): boolean?, celements.Error?
--- no value: forgets it; false: another owner has taken the lock since, and nothing was written
---@field list fun(self: table, prefix: string): fun(): string?, string? raises its error
---@field take fun(self: table, held: celements.store.Held, lease: number): boolean?, celements.Error? false: another
--- owner holds it
---@field extend fun(self: table, held: celements.store.Held, lease: number): boolean?, celements.Error? false: another
--- owner has taken it since
---@field drop fun(self: table, held: celements.store.Held): boolean?, celements.Error? false: likewise
---@field close fun(self: table)?

local base = {}

---@class celements.store.Base: celements.Store
local Store = { __name = "celements.Store" }
Store.__index = Store

--- Makes a store of a backend.
---@param backend celements.store.Backend
---@param description string for `tostring`
---@return celements.Store
function base.new(backend, description)
  return setmetatable({ _backend = backend, _description = description }, Store)
end

--- Reads a value.
---@param name string of the value
---@return string? value nil when there is none
---@return celements.Error? err nil when there is none
function Store:get(name)
  options.argument("store:get", "name", name, "string")
  local backend = self._backend
  if not backend then return nil, lock.closed() end
  return backend:read(name)
end

local function write(self, where, name, value, held)
  local own = held ~= nil and lock.held(where, held, self, 4) or nil
  local backend = self._backend
  if not backend then return nil, lock.closed() end
  local ok, err = backend:write(name, value, own)
  if ok then return true end
  return nil, err or lock.lost()
end

--- Keeps a value. With a lock, only if no other owner has taken the lock since.
---@param name string of the value
---@param value string of any bytes
---@param held celements.Lock? of this store
---@return true? ok
---@return celements.Error? err of kind "conflict" when another owner has taken the lock
function Store:put(name, value, held)
  options.argument("store:put", "name", name, "string")
  options.argument("store:put", "value", value, "string")
  local ok, err = write(self, "store:put", name, value, held)
  if ok then return true end
  return nil, err
end

--- Forgets a value. With a lock, only if no other owner has taken the lock since.
---@param name string of the value
---@param held celements.Lock? of this store
---@return true? ok also when there was none
---@return celements.Error? err of kind "conflict" when another owner has taken the lock
function Store:delete(name, held)
  options.argument("store:delete", "name", name, "string")
  local ok, err = write(self, "store:delete", name, nil, held)
  if ok then return true end
  return nil, err
end

--- Iterates over what is kept, in any order. Raises the backend's error.
---@param prefix string? of the names
---@return fun(): string?, string? next
function Store:each(prefix)
  if prefix ~= nil then options.argument("store:each", "prefix", prefix, "string") end
  local backend = self._backend
  if not backend then error(lock.closed(), 0) end
  return backend:list(prefix or "")
end

--- Takes a lock, so that of many one does what is to be done once. Blocks or yields while it waits.
---@param name string of the lock
---@param given celements.LockOptions?
---@return celements.Lock? lock
---@return celements.Error? err of kind "conflict" when another owner holds it
function Store:lock(name, given)
  options.argument("store:lock", "name", name, "string")
  local new, err = lock.take(self, name, given)
  if new then return new end
  return nil, err
end

--- Closes what the store has open. What is kept stays; may be called again.
function Store:close()
  local backend = self._backend
  self._backend = nil
  if backend and backend.close then backend:close() end
end
Store.__close = Store.close

function Store:__tostring()
  return ("celements.Store (%s)"):format(self._backend and self._description or "closed")
end

return base
