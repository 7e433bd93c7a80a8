--- What a Lua can do inside a protected call.

local protection = {}

local probe = coroutine.create(function() return pcall(coroutine.yield) end)
coroutine.resume(probe)

--- Whether a coroutine can yield inside `pcall`, and so wait there. Plain Lua 5.1 cannot.
protection.can_wait_inside = coroutine.resume(probe) and coroutine.status(probe) == "dead"

return protection
