--- Programs of the benchmarks: how they are run, and what they say.
local processor = require "bench.processor"
local shell = require "celements.sandbox.shell"

local command = {}

--- Runs a program on the clients' processor.
---@param text string of the shell
---@return number[]? numbers that it printed
---@return string? reason what it printed instead
function command.run(text)
  local ok, output = shell.run(("%s env %s"):format(processor.pin("client"), text))
  local numbers = {}
  for word in output:gmatch("%S+") do numbers[#numbers + 1] = tonumber(word) end
  if ok and #numbers > 0 then return numbers end
  return nil, output:match("[^\n]+") or "it printed nothing"
end

--- The first of some Luas that has all of the modules.
---@param luas string[]
---@param modules string[]
---@return string? lua
function command.lua_with(luas, modules)
  local script = "require '" .. table.concat(modules, "' require '") .. "'"
  for _, lua in ipairs(luas) do
    if shell.run(("%s -e %s"):format(lua, shell.quote(script))) then return lua end
  end
end

return command
