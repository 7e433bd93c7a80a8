--- Which handler answers which path. The first pattern that fits a path decides.
local accounts = require "celements.sandbox.accounts"
local analytics = require "celements.sandbox.analytics"
local authorization = require "celements.sandbox.authorization"
local catalogue = require "celements.sandbox.catalogue"
local definitions = require "celements.sandbox.definitions"
local deliveries = require "celements.sandbox.deliveries"
local descriptions = require "celements.sandbox.descriptions"
local entries = require "celements.sandbox.entries"
local events = require "celements.sandbox.events"
local files = require "celements.sandbox.files"
local hub_catalogue = require "celements.sandbox.hub_catalogue"
local hubs = require "celements.sandbox.hubs"
local instances = require "celements.sandbox.instances"
local messages = require "celements.sandbox.messages"
local metadata = require "celements.sandbox.metadata"
local transformations = require "celements.sandbox.transformations"
local usage = require "celements.sandbox.usage"

local routes = {}

-- What stands below an instance, whether its id is in the path or its token is sent.
local BELOW = {
  { "enabled", { PUT = instances.enable, DELETE = instances.disable } },
  { "configuration", { GET = entries.list } },
  { "configuration/{entry}", { GET = entries.get, PATCH = entries.update } },
  { "events", { GET = events.list } },
  { "events/{event}", { GET = events.get } },
  { "docs", { GET = descriptions.all } },
  { "docs/{operation}", { GET = descriptions.operation } },
  { "docs/{operation}/definitions", { GET = descriptions.definitions } },
  { "objects/definitions", { GET = definitions.list } },
  { "objects/{object}/definitions", { POST = definitions.create, DELETE = definitions.delete } },
  { "transformations", { GET = transformations.list, DELETE = transformations.delete } },
  { "transformations/{object}", { GET = transformations.get, POST = transformations.create,
    PUT = transformations.replace, DELETE = transformations.delete } },
}

-- { pattern, credentials, methods }. `{name}` captures a segment. "id" finds the instance by its id, "token"
-- by the token sent, "open" asks for none: a provider has none. What is `raw` is
-- no JSON, neither sent nor answered.
local PLATFORM = {
  { "instances", "platform", { GET = instances.list, POST = instances.create },
    token = { PUT = instances.update, PATCH = instances.update, DELETE = instances.delete } },
  { "instances/polling-disabled", "platform", { GET = accounts.polling_disabled } },
  { "instances/events/analytics", "platform", { GET = analytics.all } },
  { "instances/events/analytics/instances", "platform", { GET = analytics.by_instance } },
  { "instances/events/analytics/accounts", "platform", { GET = analytics.by_account } },
}
for _, route in ipairs(BELOW) do PLATFORM[#PLATFORM + 1] = { "instances/" .. route[1], "token", route[2] } end
for _, route in ipairs {
  { "instances/objects/{object}", "token", { PATCH = definitions.rename } },
  { "instances/{id}", "id", { GET = instances.get, PUT = instances.update, PATCH = instances.update,
    DELETE = instances.delete } },
  { "accounts/instances", "platform", { GET = accounts.instances } },
  { "accounts/{account}/instances", "platform", { GET = accounts.instances } },
  { "events/{element}", "open", { POST = events.inject } },
  { "notifications/subscriptions/deliveries", "platform", { GET = deliveries.list, PUT = deliveries.redeliver } },
  { "elements", "catalogue", { GET = catalogue.list } },
  { "elements/keys", "catalogue", { GET = catalogue.keys } },
  { "elements/metadata", "platform", { GET = metadata.list } },
  { "elements/{element}", "catalogue", { GET = catalogue.get } },
  { "elements/{element}/metadata", "platform", { GET = metadata.get } },
  { "elements/{element}/docs", "platform", { GET = metadata.docs } },
  { "elements/{element}/transformations", "platform", { GET = metadata.transformations } },
  { "elements/{element}/transformations/export", "platform", { GET = metadata.transformations } },
  { "elements/{element}/trace/{trace}", "platform", { GET = metadata.trace } },
  { "elements/{element}/oauth/url", "catalogue", { GET = authorization.url, POST = authorization.post_url } },
  { "elements/{element}/oauth/token", "catalogue", { GET = authorization.token } },
  { "elements/{element}/configuration", "platform", { GET = catalogue.configuration } },
  { "elements/{element}/instances", "platform", { GET = instances.list, POST = instances.create } },
  { "elements/{element}/instances/{id}", "id", { GET = instances.get, PUT = instances.update,
    DELETE = instances.delete } },
  { "usage/{id}", "platform", { GET = usage.get } },
  { "usage/analytics/{kind}", "platform", { GET = usage.analytics } },
} do
  PLATFORM[#PLATFORM + 1] = route
end
for _, route in ipairs(BELOW) do PLATFORM[#PLATFORM + 1] = { "instances/{id}/" .. route[1], "id", route[2] } end
-- These begin like hub calls, and come before them.
local HUBS = {
  { "hubs", "catalogue", { GET = hub_catalogue.list } },
  { "hubs/keys", "catalogue", { GET = hub_catalogue.keys } },
  { "hubs/{hub}", "catalogue", { GET = hub_catalogue.get } },
  { "hubs/{hub}/elements", "catalogue", { GET = hub_catalogue.elements } },
}
local HUB = {
  { "ping", "hub", { GET = hubs.ping } },
  { "usage", "any", { GET = hubs.usage } },
  { "objects", "hub", { GET = hubs.objects } },
  { "objects/{name}/metadata", "hub", { GET = hubs.metadata } },
  { "messages", "hub", { GET = messages.list, POST = messages.create } },
  { "messages/{id}", "hub", { GET = messages.get } },
  { "files", "hub", { POST = files.create }, raw = true },
  { "files/{id}", "hub", { GET = files.get }, raw = true },
}

local function compile(list)
  for _, route in ipairs(list) do
    route.parts = {}
    for part in route[1]:gmatch("[^/]+") do
      route.parts[#route.parts + 1] = { capture = part:match("^{(.*)}$"), text = part }
    end
  end
end
compile(PLATFORM)
compile(HUBS)
compile(HUB)

local function fit(route, segments, offset)
  if #route.parts ~= #segments - offset then return nil end
  local captures = {}
  for index, part in ipairs(route.parts) do
    local segment = segments[index + offset]
    if part.capture then
      captures[part.capture] = segment
    elseif part.text ~= segment then
      return nil
    end
  end
  return captures
end

local function search(list, segments, offset)
  for _, route in ipairs(list) do
    local captures = fit(route, segments, offset)
    if captures then return route, captures end
  end
end

---@class celements.sandbox.Match
---@field handler? fun(context: table): celements.sandbox.Reply nil when the method is not supported
---@field credentials string
---@field captures table<string, string>
---@field raw boolean whether what is sent and answered is no JSON
---@field hub boolean whether the path began with /hubs/{hub}
---@field allowed string[] the methods that the path supports

--- Finds what answers a request.
---@param method string
---@param segments string[]
---@return celements.sandbox.Match? match nil for an unknown path
function routes.find(method, segments)
  local route, captures = search(segments[1] == "hubs" and HUBS or PLATFORM, segments, 0)
  local hub = segments[1] == "hubs" and not route
  if not route then route, captures = search(HUB, segments, hub and 2 or 0) end
  if not route then return nil end
  local handler, credentials, allowed = route[3][method], route[2], {}
  if not handler and route.token then handler, credentials = route.token[method], "token" end
  for _, methods in ipairs { route[3], route.token or {} } do
    for name in pairs(methods) do allowed[#allowed + 1] = name end
  end
  table.sort(allowed)
  return {
    handler = handler, credentials = credentials, captures = captures, raw = route.raw or false, hub = hub,
    allowed = allowed,
  }
end

return routes
