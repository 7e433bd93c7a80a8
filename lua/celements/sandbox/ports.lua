--- Free TCP ports of this machine.
local random = require "celements.sandbox.random"

local ports = {}

-- Below the range from which Linux takes the ports of outgoing connections.
local LOW, HIGH = 20000, 32000

local LISTEN = "0A"

-- Reads the kernel's table; where there is none, nginx finds out by itself, only more slowly.
local function in_use(listening_only)
  local used = {}
  for _, path in ipairs { "/proc/net/tcp", "/proc/net/tcp6" } do
    local file = io.open(path, "r")
    if file then
      for line in file:lines() do
        local port, status = line:match("^%s*%d+: %x+:(%x+) %x+:%x+ (%x+)")
        if port and (status == LISTEN or not listening_only) then used[tonumber(port, 16)] = true end
      end
      file:close()
    end
  end
  return used
end

--- Chooses ports: those that are given, and free ones for the rest.
---@param wanted table<string, integer|nil> by name
---@param names string[] every name that needs a port
---@return table<string, integer>? chosen
---@return string? err
function ports.choose(wanted, names)
  local listening, used, chosen = in_use(true), in_use(false), {}
  for _, name in ipairs(names) do
    local port = wanted[name]
    if port then
      if listening[port] then return nil, ("%s %d is taken: choose another, or leave it out"):format(name, port) end
      chosen[name], used[port] = port, true
    end
  end
  for _, name in ipairs(names) do
    while not chosen[name] do
      local port = random.integer(LOW, HIGH)
      if not used[port] then chosen[name], used[port] = port, true end
    end
  end
  return chosen
end

return ports
