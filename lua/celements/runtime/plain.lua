--- How to wait where nothing else runs: turn the engine until the call is done.

local plain = {}

-- How many calls are waited for: more than one in a finaliser's call, or after an error (a hook's on Ctrl-C, say) that
-- struck during a wait. What was left behind then ends by its deadline, and is dropped before the next call.
local waiting = 0

--- Drops what an interrupted wait left behind. Not to be called while tasks wait on the same engine.
---@param engine userdata
function plain.drop_strays(engine)
  if waiting > 0 then
    while engine:next_done() do end -- luacheck: ignore 542
  end
end

--- Returns when the call is done.
---@param reactor celements.Reactor
---@param call userdata
function plain.await(reactor, call)
  local engine = reactor.engine
  waiting = waiting + 1
  repeat until engine:wait(call)
  waiting = waiting - 1
end

return plain
