--- How an instance looks in a reply.
local configuration = require "celements.sandbox.configuration"
local json = require "celements.sandbox.json"
local paging = require "celements.sandbox.paging"

local view = {}

local NEWER = {
  "id", "name", "createdDate", "token", "element", "elementId", "tags", "provisionInteractions", "valid",
  "disabled", "maxCacheSize", "cacheTimeToLive", "configuration", "eventsEnabled",
  "eventsNotificationCallbackUrl", "traceLoggingEnabled", "cachingEnabled", "externalAuthentication", "user",
  "objects",
}

-- The fields of the documented MailJet response, and `objects`, which only comes when asked for.
local CLASSIC = {}
for _, name in ipairs {
  "id", "name", "token", "element", "provisionInteractions", "valid", "disabled", "maxCacheSize",
  "cacheTimeToLive", "eventsEnabled", "cachingEnabled", "objects",
} do
  CLASSIC[name] = true
end

local function tags_of(instance, style)
  local tags = json.array()
  for index, name in ipairs(instance.tags) do
    tags[index] = style == "objects" and json.object({ id = index, name = name }, { "id", "name" }) or name
  end
  return tags
end

local USER = json.constant(json.object(
  { id = 3120, emailAddress = "sandbox@example.com", firstName = "Sandbox", lastName = "User" },
  { "id", "emailAddress", "firstName", "lastName" }
))

local function light_element(element)
  local object = element.object
  return json.object({ id = object.id, name = object.name, key = object.key, hub = object.hub },
    { "id", "name", "key", "hub" })
end

-- In the list of an account's instances these are missing (API documentation).
local function brief_element(element)
  local object = {}
  for name, value in pairs(element.object) do object[name] = value end
  object.description, object.active = nil, nil
  return json.object(object, getmetatable(element.object).__jsonorder)
end

--- Lists an element's objects in the form of version 2.
---@param element celements.sandbox.Element
---@return table[]
function view.objects(element)
  local list = json.array()
  for index, name in ipairs(element.objects) do
    list[index] = json.object({ name = name, vendorName = name, type = "vendor" }, { "name", "vendorName", "type" })
  end
  return list
end

--- Builds an instance for a reply.
---
--- `kind` is "written" for the answer to a POST, PUT or PATCH, "read" for one that was asked for by its id, and
--- "listed" for an item of a list, which has neither `provisionInteractions` nor `disabled`. Every documented
--- read or listed sample has `tags`, so in the classic generation only written ones go without.
---@param instance celements.sandbox.Instance
---@param switches table
---@param kind "written"|"read"|"listed"
---@param options? { objects?: boolean, light?: boolean, brief?: boolean }
---@return table
function view.instance(instance, switches, kind, options)
  options = options or {}
  local map = configuration.map(instance)
  local callback = map["event.notification.callback.url"]
  local fields = {
    id = json.integer(instance.id), name = instance.name, createdDate = instance.created, token = instance.token,
    element = instance.element.object, elementId = instance.element.id, tags = tags_of(instance, switches.tags),
    provisionInteractions = json.array(), valid = instance.valid, disabled = instance.disabled,
    maxCacheSize = 0, cacheTimeToLive = 0, configuration = map,
    eventsEnabled = map["event.notification.enabled"] == "true",
    eventsNotificationCallbackUrl = callback ~= json.null and callback ~= "" and callback or nil,
    traceLoggingEnabled = false, cachingEnabled = false, externalAuthentication = instance.external, user = USER,
    objects = options.objects and view.objects(instance.element) or nil,
  }
  if kind == "written" and switches.tags == "absent" then fields.tags = nil end
  if kind == "listed" then fields.provisionInteractions, fields.disabled = nil, nil end
  if options.light then
    fields.configuration, fields.user = nil, nil
    fields.element = light_element(instance.element)
  end
  if options.brief then fields.element = brief_element(instance.element) end
  if switches.generation == "classic" then
    for name in pairs(fields) do
      if not CLASSIC[name] and not (name == "tags" and kind ~= "written") then fields[name] = nil end
    end
  end
  return json.object(fields, NEWER)
end

--- Answers with a page of instances, or with what is wrong with the query.
---@param context table
---@param page? celements.sandbox.Instance[]
---@param headers table|string
---@param options? { light?: boolean, brief?: boolean }
---@return celements.sandbox.Reply
function view.list(context, page, headers, options)
  return paging.reply(context, page, headers, "element instances", function(instance)
    return view.instance(instance, context.switches, "listed", options)
  end)
end

return view
