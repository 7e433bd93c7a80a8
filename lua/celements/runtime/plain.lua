--- How to wait where nothing else runs: turn the engine until the call is done.

local plain = {}

--- Returns when the call is done.
---@param reactor celements.Reactor
---@param call userdata
function plain.await(reactor, call)
  local engine = reactor.engine
  repeat until engine:wait(call)
end

return plain
