--- Where a Lua can suspend a coroutine.

local protection = {}

--- Whether a coroutine can yield inside `pcall`, and so wait there. Plain Lua 5.1 cannot. (Not found by trying: in a
--- request nginx's coroutines cannot yield while a module is being loaded.)
protection.can_wait_inside = _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil

--- Whether Lua tells before that a coroutine cannot yield. Lua 5.1 and 5.2 raise.
protection.can_tell = rawget(coroutine, "isyieldable") ~= nil

local close = rawget(coroutine, "close") -- since Lua 5.4

--- Closes what an error has left open in its coroutine, the variables with `<close>`. Returns the error that came last.
---@param thread thread that raised
---@param err any what it raised
---@return any err
function protection.close(thread, err)
  if not close then return err end
  local _, last = close(thread)
  if last == nil then return err end
  return last
end

local can_yield = require("celements.core").can_yield

--- Says why the running coroutine cannot wait right here, if it cannot. Lua 5.1 and 5.2 raise instead, when it tries.
---@return string? reason
function protection.obstacle()
  if can_yield() then return nil end
  return "what C code calls (a finaliser, a function given to string.gsub or table.sort) cannot wait: do it outside"
end

return protection
