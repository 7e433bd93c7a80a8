--- Events that an instance has had. `instances:…(id, …)` names the instance by its id, `session.instance:…(…)` by its
--- token.

local copy = require "celements.copy"
local pages = require "celements.pages"
local request = require "celements.request"

local events = {}

--- An event as the platform keeps it (observed).
---@class celements.InstanceEvent
---@field id string for `instances:event`
---@field eventDate string when it came
---@field status "NEW"|"RECEIVED"|"DISPATCHED"|"CONSUMED"|"NOTIFIED" how far it has come
---@field providerData string what the provider sent, as text
---@field notifiedData table[]? what was posted to the callback URL

--- Options of `instances:events` and `:each_event`.
---@class celements.EventListOptions: celements.CallOptions
---@field page_size integer? events a page
---@field next_page string? the cursor of the page, or of the first one, from `info.next_page`

local known_for_list = request.options_with { page_size = "size", next_page = "string" }

local function page_call(given)
  local call = request.call_options(given)
  call.query = copy(given.query, { pageSize = given.page_size, nextPage = given.next_page })
  return call
end

--- Fetches one page of the instance's events; `info.next_page` is the cursor of the next one.
---@param place celements.Place
---@param given celements.EventListOptions?
---@return celements.InstanceEvent[]? events
---@return celements.Info|celements.Error
function events.events(place, given)
  given = place:options(given, known_for_list)
  local list, info = place:page(place.path .. "/events", page_call(given))
  return list, info
end

--- Iterates over the instance's events, one page in memory at a time. Raises the error's table when a page fails.
---@param place celements.Place
---@param given celements.EventListOptions?
---@return celements.Items items of `celements.InstanceEvent`
function events.each_event(place, given)
  given = place:options(given, known_for_list)
  return pages.each(place.context, place.where, place.path .. "/events", page_call(given), "platform")
end

--- Reads one event.
---@param place celements.Place
---@param event_id string|integer the event's `id`
---@param given celements.CallOptions?
---@return celements.InstanceEvent? event
---@return celements.Info|celements.Error
function events.event(place, event_id, given)
  given = place:options(given, request.options)
  local path = place:below("/events/%s", "event_id", event_id)
  local event, info = place:call("GET", path, given)
  return request.object(event, info, "GET", path, "event")
end

return events
