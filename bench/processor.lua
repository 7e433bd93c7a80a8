--- Which processor does what: the server one, the clients another, so that they do not take each other's time.
local shell = require "celements.sandbox.shell"

local processor = {}

local function allowed()
  local list = {}
  local file = io.open("/proc/self/status", "r")
  if not file then return list end
  local text = file:read("*a"):match("Cpus_allowed_list:%s*(%S+)") or ""
  file:close()
  for first, last in text:gmatch("(%d+)%-?(%d*)") do
    for number = tonumber(first), tonumber(last) or tonumber(first) do list[#list + 1] = number end
  end
  return list
end

local numbers = allowed()
local can_pin = #numbers > 1 and shell.run("command -v taskset")

--- The beginning of a shell command that runs on the server's or on the clients' processor; empty where there is no
--- choice.
---@param side "server"|"client"
---@return string
function processor.pin(side)
  if not can_pin then return "" end
  return ("taskset -c %d"):format(side == "server" and numbers[1] or numbers[2])
end

return processor
