--- Locks of a store: each has an owner, and ends by itself when the owner does not release it in time.

local errors = require "celements.errors"
local options = require "celements.options"
local tasks = require "celements.tasks"

local lock = {}

--- How a lock is taken. Times are seconds.
---@class celements.LockOptions
---@field lease number? after which it ends by itself; default 120, more than a creation may take
---@field wait number? how long to wait for another owner; default not at all

local known = { lease = "seconds", wait = "seconds" }

-- Between two looks at a lock that another one holds, in seconds.
local FIRST_PAUSE, LAST_PAUSE = 0.02, 0.5

---@class celements.Lock
local Lock = { __name = "celements.Lock" }
Lock.__index = Lock

--- Lets others have the lock.
---@return boolean was_held false when its lease was over before: another owner may have been at work since
function Lock:release()
  local place = self._place
  self._place = nil
  return place ~= nil and place.drop(self._owner)
end
Lock.__close = Lock.release

local made = 0

-- Different in every worker of nginx.
local function new_owner()
  made = made + 1
  local here = rawget(_G, "ngx") and ngx.worker.pid() or "" -- luacheck: read globals ngx
  return ("%s %s %d %d"):format(here, tostring(lock), os.time(), made)
end

--- Takes a lock, or waits for it. Blocks or yields while it waits.
---@param where string the function, as the user calls it
---@param given celements.LockOptions?
---@param place { add: (fun(owner: string, lease: number): boolean?, celements.Error?), drop: fun(owner: string) }
---@return celements.Lock?
---@return celements.Error?
function lock.take(where, given, place)
  given = options.check(where, given, known, 3)
  local owner, lease, left, pause = new_owner(), given.lease or 120, given.wait or 0, FIRST_PAUSE
  while true do
    local ok, err = place.add(owner, lease)
    if ok then return setmetatable({ _owner = owner, _place = place }, Lock) end
    if err then return nil, err end
    if left <= 0 then
      return nil, errors.new {
        kind = "conflict", message = "another one holds the lock", hint = "try again later, or give option 'wait'",
      }
    end
    pause = math.min(pause, left)
    tasks.sleep(pause)
    left, pause = left - pause, math.min(2 * pause, LAST_PAUSE)
  end
end

return lock
