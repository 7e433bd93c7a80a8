--- Handlers of the definitions of an instance's own objects.
local body = require "celements.sandbox.body"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"

local definitions = {}

local function is_text(value)
  return type(value) == "string" and value ~= ""
end

local function check(definition)
  if not json.is_array(definition.fields) then return "fields must be an array" end
  for _, field in ipairs(definition.fields) do
    if not json.is_object(field) or not is_text(field.path) or not is_text(field.type) then
      return "each of the fields needs a path and a type"
    end
  end
end

local function unknown(name)
  return reply.fail(404, "No object definition found with name " .. name)
end

local function exists(name)
  return reply.fail(409, ("The object definition %s already exists"):format(name))
end

--- `GET /instances/{id}/objects/definitions`.
function definitions.list(context)
  local known = context.instance.definitions
  if next(known) == nil and context.switches.empty_list == "not_found" then
    return reply.fail(404, "No object definitions found")
  end
  local object = json.object()
  for name, definition in pairs(known) do object[name] = definition end
  return reply.ok(object)
end

--- `POST /instances/{id}/objects/{objectName}/definitions`.
function definitions.create(context)
  local sent, refusal = body.object(context.request.body)
  if not sent then return refusal end
  local wrong = check(sent)
  if wrong then return reply.fail(400, wrong) end
  local known, name = context.instance.definitions, context.captures.object
  if known[name] then return exists(name) end
  known[name] = json.object({ fields = sent.fields })
  return reply.ok(known[name])
end

--- `DELETE /instances/{id}/objects/{objectName}/definitions`.
function definitions.delete(context)
  local known, name = context.instance.definitions, context.captures.object
  if not known[name] then return unknown(name) end
  known[name] = nil
  return reply.done(context.switches)
end

--- `PATCH /instances/objects/{objectName}`: another name.
function definitions.rename(context)
  local sent, refusal = body.object(context.request.body)
  if not sent then return refusal end
  if not is_text(sent.objectName) then return reply.fail(400, "objectName is required") end
  local known, name = context.instance.definitions, context.captures.object
  if not known[name] then return unknown(name) end
  if known[sent.objectName] then return exists(sent.objectName) end
  known[sent.objectName], known[name] = known[name], nil
  return reply.done(context.switches)
end

return definitions
