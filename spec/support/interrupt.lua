--- Calls a function into which an error strikes, as that of a debug hook does by which a signal comes to Lua.
local pcall, error, sethook = pcall, error, debug.sethook -- a spec's globals are found by calls

---@param at integer at which call of any function, from 1 on
---@param work function
---@param argument any
---@return boolean struck false when there were not so many calls
---@return boolean ok
---@return any value what it returned, or the error
return function(at, work, argument)
  local left, is_over = at + 1, false -- with that of pcall
  sethook(function()
    left = left - 1
    if left == 0 and not is_over then error("a signal", 0) end
  end, "c")
  local ok, value = pcall(work, argument)
  is_over = true
  local struck = left <= 0
  sethook()
  return struck, ok, value
end
