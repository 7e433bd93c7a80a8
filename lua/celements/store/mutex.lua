--- Keeps the other workers of an nginx out of a few steps on a shared dictionary.
---
--- What runs inside never yields, so it takes microseconds: others spin. It has no expiry, because a worker may be
--- stopped at any line for any time, and must not come back to a place that another one has entered. Only a worker that
--- is no more is overruled.

local errors = require "celements.errors"
local runtime = require "celements.runtime"

local mutex = {}

-- Spins first, then sleeps; about a second in all.
local SPINS, NAPS, NAP = 2000, 500, 0.002

local made, died = 0, nil

local function is_dead(owner)
  if not died then
    local ffi = require "ffi"
    ffi.cdef "int kill(int pid, int sig);"
    local ESRCH = 3
    died = function(pid) return ffi.C.kill(pid, 0) ~= 0 and ffi.errno() == ESRCH end
  end
  return died(tonumber(owner:match "^%d+"))
end

-- Many may see that the owner is dead, and one of them may enter and leave before the next has acted: an owner is
-- different each time, and is overruled once.
local function overrule(dict, key, owner)
  if is_dead(owner) and dict:safe_add(key .. ":" .. owner, true, 3600) then dict:delete(key) end
end

local function enter(dict, key, owner, failure)
  for attempt = 1, SPINS + NAPS do
    local ok, why = dict:safe_add(key, owner)
    if ok then return true end
    if why ~= "exists" then return nil, failure(why) end
    if attempt >= SPINS then
      local other = dict:get(key)
      if other then overrule(dict, key, other) end
      local reason = runtime.rest(runtime.host("store", nil, 2), NAP)
      if reason then break end -- this phase cannot wait
    end
  end
  return nil, errors.new {
    kind = "unavailable", message = "another worker is busy with the same lock", hint = "try again",
    retryable = true,
  }
end

--- Runs a step while no other worker runs one for the same key. The step must not yield.
---@param dict table
---@param key string
---@param step fun(): boolean?, celements.Error?
---@param failure fun(why: string): celements.Error
---@return boolean?
---@return celements.Error?
function mutex.within(dict, key, step, failure)
  made = made + 1
  local owner = ("%d %d"):format(ngx.worker.pid(), made) -- luacheck: read globals ngx
  local ok, err = enter(dict, key, owner, failure)
  if not ok then return nil, err end
  local done, result, why = pcall(step) -- memory can run out in it
  dict:delete(key)
  if not done then error(result, 0) end
  return result, why
end

return mutex
