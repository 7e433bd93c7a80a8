--- Cloud Elements from Lua: provision element instances and call them with their element tokens.

local client = require "celements.client"
local core = require "celements.core"
local document = require "celements.document"
local tasks = require "celements.tasks"

local celements = {
  --- The version of celements, a string.
  _VERSION = core.version,
  --- JSON null, in what is sent and in what comes back: a value that equals itself alone.
  null = core.null,
  new = client.new,
  load_instance = document.load_instance,
  check_instance = document.check_instance,
  map = tasks.map,
  spawn = tasks.spawn,
  wait_all = tasks.wait_all,
  sleep = tasks.sleep,
}

--- Marks a table as an array, so that it is sent as `[]` even when it is empty. Arrays that came back are marked
--- already.
---@param list table? a new table by default
---@return table list the same table
function celements.array(list)
  if list == nil then list = {} end
  if type(list) ~= "table" then error("celements.array: list must be a table, not a " .. type(list), 2) end
  return setmetatable(list, core.array_mt)
end

-- What most programs never ask for is read when it is first asked for.
local LATER = {
  configuration = "celements.configuration", oauth = "celements.oauth", store = "celements.store",
  webhook = "celements.webhook", where = "celements.where",
}

setmetatable(celements, {
  __index = function(self, name)
    if not LATER[name] then return nil end
    self[name] = require(LATER[name])
    return self[name]
  end,
})

return celements
