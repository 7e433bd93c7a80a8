-- What a user can reach when the program runs: `exported` by the name it is called by, and `owners`, the objects of
-- methods. `upvalue` looks into a function, for what is read when it is first asked for.
local exported = {}

function exported.upvalue(of, wanted)
  for index = 1, 255 do
    local name, value = debug.getupvalue(of, index)
    if not name then error("no upvalue " .. wanted) end
    if name == wanted then return value end
  end
end

local function later(module, wanted)
  return exported.upvalue(getmetatable(module).__index, wanted)
end

local function add_module(found, prefix, module, except)
  for name, value in pairs(module) do
    if not (except and except[name]) then found.exported[prefix .. name] = value end
  end
end

local function add_object(found, prefix, object, methods)
  for name, value in pairs(methods) do
    if type(value) == "function" and not name:find("^_") then
      found.exported[prefix .. name], found.owners[prefix .. name] = value, object
    end
  end
end

local function add_modules(found)
  local celements = require "celements"
  local lazy = later(celements, "LATER")
  add_module(found, "celements.", celements, lazy)
  for name in pairs(lazy) do
    local module = celements[name]
    if name == "store" then
      for store in pairs(later(module, "KNOWN")) do found.exported["celements.store." .. store] = module[store] end
    end
    add_module(found, ("celements.%s."):format(name), module)
    local call = (getmetatable(module) or {}).__call
    if call then
      found.exported["celements." .. name], found.owners["celements." .. name] = call, module
    end
  end
  add_module(found, "celements.errors.", require "celements.errors")
  add_module(found, "celements.sandbox.", require "celements.sandbox")
end

local function add_objects(found, server)
  local celements = require "celements"
  local client = celements.new { user_secret = "u", organization_secret = "o" }
  local session, store = client:with_token("t"), celements.store.memory()
  local first_of_rest = { client.instances.update, client.elements.list, session.instance.update }
  assert(#first_of_rest == 3)
  found.objects = {
    ["client:"] = client, ["client.instances:"] = client.instances, ["client.elements:"] = client.elements,
    ["session:"] = session, ["session.instance:"] = session.instance, ["pages:"] = client:pages("/usage"),
    ["items:"] = client:each("/usage"), ["batch:"] = client.instances:create_many({}),
    ["task:"] = assert(celements.spawn(function() end)), ["state:"] = celements.oauth.state(),
    ["store:"] = assert(celements.store.seal(store, { key = ("k"):rep(32) })), ["lock:"] = assert(store:lock("name")),
    ["sandbox:"] = server,
  }
  for prefix, object in pairs(found.objects) do
    add_object(found, prefix, object, getmetatable(object).__index)
  end
  add_object(found, "store:", found.objects["store:"], found.objects["store:"]) -- `rotate` is the object's own
end

--- Walks all of it.
---@param server celements.Sandbox
---@return table found `exported`, `owners` and `objects`
function exported.walk(server)
  local found = { exported = {}, owners = {} }
  add_modules(found)
  add_objects(found, server)
  return found
end

return exported
