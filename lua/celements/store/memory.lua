--- Keeps tokens in this Lua state, for its tasks, until it ends.

local base = require "celements.store.base"
local core = require "celements.core"

local memory = {}

local Backend = {}
Backend.__index = Backend

-- No function here lets another task run: each is one step.

function Backend:read(name)
  return self.values[name]
end

local function is_last(self, held)
  local last = self.owners[held.name]
  return last ~= nil and last.owner == held.owner
end

function Backend:write(name, value, held)
  if held and not is_last(self, held) then return false end
  self.values[name] = value
  return true
end

function Backend:list(prefix)
  local names, at = {}, 0
  for name in pairs(self.values) do
    if name:sub(1, #prefix) == prefix then table.insert(names, name) end
  end
  return function()
    while at < #names do
      at = at + 1
      local value = self.values[names[at]]
      if value then return names[at], value end
    end
  end
end

function Backend:take(held, lease)
  local last = self.owners[held.name]
  if last and core.now() < last.due then return false end
  self.owners[held.name] = { owner = held.owner, due = core.now() + lease }
  return true
end

function Backend:extend(held, lease)
  if not is_last(self, held) then return false end
  self.owners[held.name].due = core.now() + lease
  return true
end

function Backend:drop(held)
  if not is_last(self, held) then return false end
  self.owners[held.name] = nil
  return true
end

--- Makes an empty store, in memory.
---@return celements.Store
function memory.new()
  return base.new(setmetatable({ values = {}, owners = {} }, Backend), "memory")
end

return memory
