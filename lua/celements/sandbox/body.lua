--- Reads and checks the body of a create or update request.
local elements = require "celements.sandbox.elements"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"

local body = {}

--- Cleans an instance name: markup goes, the text inside stays, blanks around it go (observed).
---@param name string
---@return string
function body.sanitise(name)
  return (name:gsub("<[^>]*>", ""):match("^%s*(.-)%s*$"))
end

local function check_tags(tags)
  if not json.is_array(tags) then return "tags must be an array of strings" end
  for _, tag in ipairs(tags) do
    if type(tag) ~= "string" then return "tags must be an array of strings" end
  end
end

-- field = what is wrong with its value, or nil
local CHECKS = {
  name = function(value)
    if type(value) ~= "string" or body.sanitise(value) == "" then return "name must be a string that is not blank" end
  end,
  configuration = function(value)
    if not json.is_object(value) then return "configuration must be an object" end
  end,
  providerData = function(value)
    if not json.is_object(value) then return "providerData must be an object" end
  end,
  tags = check_tags,
  element = function(value)
    if not json.is_object(value) then return "element must be an object" end
  end,
  externalAuthentication = function(value)
    if value ~= "none" and value ~= "initial" then return "externalAuthentication must be none or initial" end
  end,
  retrieveObjectsAfterInstantiation = function(value)
    if type(value) ~= "boolean" then return "retrieveObjectsAfterInstantiation must be a boolean" end
  end,
}
local ORDER = {
  "element", "name", "configuration", "tags", "providerData", "externalAuthentication",
  "retrieveObjectsAfterInstantiation",
}

--- Decodes a request body that must be a JSON object.
---@param text string
---@return table? value
---@return celements.sandbox.Reply? refusal
function body.object(text)
  local value, err = json.decode(text)
  if err then return nil, reply.fail(400, "Malformed JSON in the request body: " .. err) end
  if not json.is_object(value) then return nil, reply.fail(400, "The request body must be a JSON object") end
  return value
end

--- Decodes a request body that must be a JSON object and checks the instance fields in it.
---@param text string
---@return table? value
---@return celements.sandbox.Reply? refusal
function body.read(text)
  local value, refusal = body.object(text)
  if not value then return nil, refusal end
  for _, field in ipairs(ORDER) do
    local wrong = value[field] ~= nil and CHECKS[field](value[field])
    if wrong then return nil, reply.fail(400, wrong) end
  end
  return value
end

--- Finds the element that a body's `element` names by key or id.
---@param value? table
---@param by_id boolean whether an id is accepted
---@return celements.sandbox.Element? element
---@return celements.sandbox.Reply? refusal
function body.element(value, by_id)
  local key, id = value and value.key, value and value.id
  if type(key) ~= "string" then key = nil end
  if type(id) ~= "number" or not by_id then id = nil end
  if not key and not id then return nil, reply.fail(400, "element.key is required") end
  local element = elements.find(key or id)
  -- A key is not an id: "84" names no element here.
  if not element or key and element.key ~= key then
    return nil, reply.fail(404, ("No element found with key %s"):format(key or json.number(id)))
  end
  return element
end

return body
