--- Handlers of an instance's transformations, one for each object.
local body = require "celements.sandbox.body"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"

local transformations = {}

local function check(sent)
  if type(sent.vendorName) ~= "string" or sent.vendorName == "" then return "vendorName is required" end
  if sent.fields ~= nil and not json.is_array(sent.fields) then return "fields must be an array" end
  for _, field in ipairs(sent.fields or {}) do
    if not json.is_object(field) or type(field.path) ~= "string" then return "each of the fields needs a path" end
  end
end

local function unknown(name)
  return reply.fail(404, "No transformation found for object " .. name)
end

local function store(context, is_new)
  local sent, refusal = body.object(context.request.body)
  if not sent then return refusal end
  local wrong = check(sent)
  if wrong then return reply.fail(400, wrong) end
  local known, name = context.instance.transformations, context.captures.object
  if is_new and known[name] then
    return reply.fail(409, ("The transformation of %s already exists"):format(name))
  elseif not is_new and not known[name] then
    return unknown(name)
  end
  sent.objectName = name
  known[name] = sent
  return reply.ok(sent)
end

--- `GET /instances/{id}/transformations`.
function transformations.list(context)
  local known = context.instance.transformations
  if next(known) == nil and context.switches.empty_list == "not_found" then
    return reply.fail(404, "No transformations found")
  end
  local object = json.object()
  for name, transformation in pairs(known) do object[name] = transformation end
  return reply.ok(object)
end

--- `GET /instances/{id}/transformations/{objectName}`.
function transformations.get(context)
  local found = context.instance.transformations[context.captures.object]
  return found and reply.ok(found) or unknown(context.captures.object)
end

--- `POST /instances/{id}/transformations/{objectName}`.
function transformations.create(context)
  return store(context, true)
end

--- `PUT /instances/{id}/transformations/{objectName}`.
function transformations.replace(context)
  return store(context, false)
end

--- `DELETE /instances/{id}/transformations[/{objectName}]`: one, or all of them.
function transformations.delete(context)
  local known, name = context.instance.transformations, context.captures.object
  if name and not known[name] then return unknown(name) end
  for each in pairs(known) do
    if not name or each == name then known[each] = nil end
  end
  return reply.done(context.switches)
end

return transformations
