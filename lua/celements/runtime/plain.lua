--- How to wait where nothing else runs: turn the engine until the call is done.

local core = require "celements.core"

local plain = {}

-- One engine for all clients of this Lua state, so that they share connections; it goes with the last of them.
local shared = setmetatable({}, { __mode = "v" })

-- How many calls are waited for: more than one in a finaliser's call, or after an error (a hook's on Ctrl-C, say) that
-- struck during a wait. What was left behind then ends by its deadline, and is dropped before the next call.
local waiting = 0

-- nginx's API; there from the start, or never.
local ngx = rawget(_G, "ngx")
local get_phase = type(ngx) == "table" and ngx.get_phase or nil

-- Waiting in nginx would stop every other request of the worker; only the configuration phase may.
local function blocked_phase()
  local phase = get_phase()
  return phase ~= "init" and phase
end

--- Returns the engine, or nil and why this place cannot wait for one.
---@return userdata? engine
---@return string? reason
function plain.engine()
  local phase = get_phase and blocked_phase()
  if phase then
    return nil, ("a call would block nginx's worker (phase %s): make it from a script outside nginx"):format(phase)
  end
  local engine = shared[1]
  if not engine then
    local _, why
    engine, _, why = core.engine()
    if not engine then return nil, why end
    shared[1] = engine
  end
  if waiting > 0 then
    while engine:next_done() do end -- luacheck: ignore 542
  end
  return engine
end

--- Returns when the call is done.
---@param engine userdata
---@param call userdata
function plain.await(engine, call)
  waiting = waiting + 1
  repeat until engine:wait(call)
  waiting = waiting - 1
end

return plain
