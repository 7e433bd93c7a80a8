--- The garbage collector, for specs of what it may do at any moment.
local collector = {}

--- From now on it collects all the time.
function collector.never_rest()
  if not pcall(collectgarbage, "setpause", 0) then -- Lua 5.5
    collectgarbage("param", "pause", 0)
    collectgarbage("param", "stepmul", 1000000)
    return
  end
  collectgarbage("setstepmul", 10000000)
end

return collector
