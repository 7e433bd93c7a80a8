--- Locks of a store: each has one owner, and ends by itself when its owner does not release it in time.

local core = require "celements.core"
local crypto = require "celements.crypto"
local errors = require "celements.errors"
local options = require "celements.options"
local runtime = require "celements.runtime"

local lock = {}

-- Between two looks at a lock that another one holds, in seconds.
local FIRST_PAUSE, LAST_PAUSE = 0.02, 0.1

--- In seconds; more than a creation may take.
lock.LEASE = 120
--- How long a backend remembers the last owner after the lease, in seconds. One that writes even later is refused.
lock.REMEMBERED = 86400

-- No lease is longer, in seconds.
local LONGEST = 366 * 86400

local known = { lease = "seconds", wait = "seconds" }

--- What a backend is told of a lock.
---@class celements.store.Held
---@field name string
---@field owner string different from every other owner's, on every machine

---@class celements.store.Lock: celements.Lock
local Lock = { __name = "celements.Lock" }
Lock.__index = Lock

--- The error of one whose lock another owner has taken.
---@return celements.Error
function lock.lost()
  return errors.new {
    kind = "conflict", message = "another owner has taken the lock since, or it was released",
    hint = "take it again, and look at what the other one did",
  }
end

--- The error of a store that is closed.
---@return celements.Error
function lock.closed()
  return errors.new { kind = "closed", message = "the store is closed", hint = "open it again" }
end

--- Lets others have the lock.
---@return boolean? was_held false when another owner has taken it since, or it was released before
---@return celements.Error? err why the store could not be asked
function Lock:release()
  local backend = self._store._backend
  if not backend then return nil, lock.closed() end
  if self._released then return false end
  local ok, err = backend:drop(self._held)
  if ok == nil then return nil, err end
  self._released = true
  return ok
end
Lock.__close = function(self) self:release() end

--- Begins the lease anew: also when it is over, as long as no other owner has taken the lock.
---@param lease number? seconds; by default as it was taken
---@return true? ok
---@return celements.Error? err of kind "conflict" when another owner has taken the lock
function Lock:extend(lease)
  if lease ~= nil then options.argument("lock:extend", "lease", lease, "seconds") end
  local backend = self._store._backend
  if not backend then return nil, lock.closed() end
  local ok, err = backend:extend(self._held, math.min(lease or self._lease, LONGEST))
  if ok then return true end
  return nil, err or lock.lost()
end

function Lock:__tostring()
  return ("celements.Lock (%s)"):format(self._held.name)
end

-- Random, so that no machine, process or forked child makes another one's. Read anew each time: a child of `fork` would
-- repeat what was read before.
local function new_owner()
  local source = io.open("/dev/urandom", "rb")
  local bytes = source and source:read(16)
  if source then source:close() end
  if not bytes then
    return nil, errors.new {
      kind = "unavailable", message = "/dev/urandom cannot be read", hint = "locks need it to tell owners apart",
    }
  end
  return crypto.hex(bytes)
end

--- Returns what a backend must know of a lock, or raises at the caller's caller if it is none of the store's.
---@param where string
---@param value any
---@param store celements.Store
---@param level integer
---@return celements.store.Held
function lock.held(where, value, store, level)
  if getmetatable(value) ~= Lock or value._store ~= store then
    error(where .. ": lock must be one that lock() of the same store returned", level)
  end
  return value._held
end

--- Takes a lock, or waits for it. Blocks or yields while it waits.
---@param store celements.Store
---@param name string
---@param given celements.LockOptions?
---@return celements.Lock?
---@return celements.Error?
function lock.take(store, name, given)
  given = options.check("store:lock", given, known, 3)
  local owner, why = new_owner()
  if not owner then return nil, why end
  local held = { name = name, owner = owner }
  local lease, due, pause = math.min(given.lease or lock.LEASE, LONGEST), core.now() + (given.wait or 0), FIRST_PAUSE
  while true do
    local backend = store._backend
    if not backend then return nil, lock.closed() end
    local ok, err = backend:take(held, lease)
    if ok then return setmetatable({ _store = store, _held = held, _lease = lease }, Lock) end
    if err then return nil, err end
    local left = due - core.now()
    if left <= 0 then
      return nil, errors.new {
        kind = "conflict", message = "another owner holds the lock",
        hint = "try again later, or wait for it with option 'wait'",
      }
    end
    local reason, cancelled = runtime.sleep(runtime.host("store:lock", nil, 3), math.min(pause, left))
    if cancelled then
      return nil, errors.new { kind = "cancelled", message = "the task was cancelled while it waited for the lock" }
    end
    if reason then
      return nil, errors.new { kind = "unavailable", message = "the lock cannot be waited for: " .. reason }
    end
    pause = math.min(2 * pause, LAST_PAUSE)
  end
end

return lock
