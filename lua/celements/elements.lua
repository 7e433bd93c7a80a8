--- Elements: what can be provisioned, and what each wants for it.

local copy = require "celements.copy"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"
local selection = require "celements.selection"

--- The catalogue of elements.
---@class celements.Elements
local Elements = { __name = "celements.Elements" }
Elements.__index = Elements

local known_for_list = request.options_with { where = "string|table", page_size = "size", next_page = "string" }
local known_for_metadata = request.options_with { expand = "boolean" }

local function list_call(where, given)
  local call = selection.call(where, options.check(where, given, known_for_list, 3), 3)
  return call
end

local function read_of(self, where, format, key, given)
  given = options.check(where, given, request.options, 3)
  local path = request.path(where, format, "key", key, 3)
  local value, info = request.perform(self._context, where, "GET", path, given, 3)
  return request.object(value, info, "GET", path, "object")
end

--- Options of `elements:list`, `:each` and `:pages`.
---@class celements.ElementListOptions: celements.CallOptions
---@field where string|table|nil a CEQL condition such as `hub='documents'`, or a table as `celements.where.text` takes
---@field page_size integer? at most 200, which is the default (API documentation)
---@field next_page string? the cursor of the page, or of the first one, from `info.next_page`

--- Options of `elements:metadata`.
---@class celements.ElementMetadataOptions: celements.CallOptions
---@field expand boolean? true for the long form

--- Fetches one page of the catalogue: `GET /elements`; `info.next_page` is the cursor of the next one.
---@param given celements.ElementListOptions?
---@return table[]? elements
---@return celements.Info|celements.Error
function Elements:list(given)
  local where = "elements:list"
  local list, info = pages.get(self._context, where, "/elements", list_call(where, given), 2)
  return list, info
end

--- Iterates over the catalogue, one page in memory at a time. Raises the error's table when a page fails.
---@param given celements.ElementListOptions?
---@return celements.Items
function Elements:each(given)
  local where = "elements:each"
  local items = pages.each(self._context, where, "/elements", list_call(where, given), "platform")
  return items
end

--- Goes through the catalogue page by page, without raising, as `session:pages` does.
---@param given celements.ElementListOptions?
---@return celements.Pages
function Elements:pages(given)
  local where = "elements:pages"
  local list = pages.walk(self._context, where, "/elements", list_call(where, given), "platform")
  return list
end

--- Fetches the keys of all elements: `GET /elements/keys`.
---@param given celements.CallOptions?
---@return string[]? keys
---@return celements.Info|celements.Error
function Elements:keys(given)
  given = options.check("elements:keys", given, request.options, 2)
  local list, info = pages.get(self._context, "elements:keys", "/elements/keys", given, 2)
  return list, info
end

--- Reads an element: `GET /elements/{keyOrId}`.
---@param key string|integer its key or number; keys are stable, numbers may differ between environments
---@param given celements.CallOptions?
---@return table? element
---@return celements.Info|celements.Error
function Elements:get(key, given)
  local element, info = read_of(self, "elements:get", "/elements/%s", key, given)
  return element, info
end

--- Reads what an element wants in its configuration: `GET /elements/{keyOrId}/configuration`.
---@param key string|integer the element's key or number
---@param given celements.CallOptions?
---@return celements.ElementConfig[]? entries
---@return celements.Info|celements.Error
function Elements:configuration(key, given)
  local where = "elements:configuration"
  given = options.check(where, given, request.options, 2)
  local list, info = require("celements.configuration.live").fetch(self._context, where, key, given, 2)
  return list, info
end

--- Reads what an element can do: `GET /elements/{id}/metadata`; without an id, that of all elements.
---@param id integer|string|nil the element's number: only the number is known to work (observed)
---@param given celements.ElementMetadataOptions?
---@return table? metadata an object, or the list of all of them
---@return celements.Info|celements.Error
function Elements:metadata(id, given)
  local where = "elements:metadata"
  given = options.check(where, given, known_for_metadata, 2)
  local call = request.call_options(given)
  call.query = copy(given.query, { expand = given.expand or nil })
  if id == nil then
    local list, about = pages.get(self._context, where, "/elements/metadata", call, 2)
    return list, about
  end
  local path = request.path(where, "/elements/%s/metadata", "id", id, 2)
  local value, info = request.perform(self._context, where, "GET", path, call, 2)
  return request.object(value, info, "GET", path, "object")
end

--- Reads the description of an element's API: `GET /elements/{keyOrId}/docs`.
---@param key string|integer the element's key or number
---@param given celements.CallOptions?
---@return table? docs Swagger 2.0
---@return celements.Info|celements.Error
function Elements:docs(key, given)
  local docs, info = read_of(self, "elements:docs", "/elements/%s/docs", key, given)
  return docs, info
end

--- Reads an element's transformations: `GET /elements/{keyOrId}/transformations`.
---@param key string|integer the element's key or number
---@param given celements.CallOptions?
---@return table? transformations
---@return celements.Info|celements.Error
function Elements:transformations(key, given)
  local found, info = read_of(self, "elements:transformations", "/elements/%s/transformations", key, given)
  return found, info
end

--- Reads what happened during a creation with `providerData.debug = true`: `GET /elements/{keyOrId}/trace/{traceId}`.
---@param key string|integer the element's key or number
---@param trace_id string the creation's `info.headers["elements-trace-id"]`
---@param given celements.CallOptions?
---@return table? trace
---@return celements.Info|celements.Error
function Elements:trace(key, trace_id, given)
  local below = request.path("elements:trace", "/trace/%s", "trace_id", trace_id, 2):gsub("%%", "%%%%")
  local trace, info = read_of(self, "elements:trace", "/elements/%s" .. below, key, given)
  return trace, info
end

--- Makes a request for `instances:create` with `<INSERT_…>` in the place of everything that must be filled in, which
--- `instances:create` names as long as one is left. Defaults are filled in. OAuth elements get what their flow wants.
---@param key string|integer the element's key or number; with `from = "catalogue"` its key
---@param given celements.TemplateOptions?
---@return table? template
---@return celements.Info|celements.Error|nil info none when it is made from the built-in catalogue
function Elements:template(key, given)
  local template, info = require("celements.elements.template").make(self, "elements:template", key, given, 2)
  return template, info
end

--- Asks for the provider's page on which a customer allows the application in. The provider's secret is sent in a body
--- (`POST /elements/{keyOrId}/oauth/url`), out of reach of logs. A POST is known to carry `api_key`, `api_secret` and
--- `callback_url` only (observed); the `state` is written into the URL that comes back. With other options, and where
--- the server answers a POST with 404 or 405, all of it goes in the query of a GET, unless `method` is "POST".
---@param key string|integer the element's key or number
---@param given celements.ConsentOptions
---@return string? url where the customer's browser is to go
---@return celements.Info|celements.Error
function Elements:oauth_url(key, given)
  local url, info = require("celements.elements.consent").url(self._context, "elements:oauth_url", key, given, 2)
  return url, info
end

--- OAuth 1 only: asks for a request token: `GET /elements/{keyOrId}/oauth/token`. Keep its secret until the customer is
--- back; the token is the option `request_token` of `oauth_url`.
---@param key string|integer the element's key or number
---@param given celements.ConsentOptions
---@return { token: string, secret: string }? request_token
---@return celements.Info|celements.Error
function Elements:oauth_token(key, given)
  local token, info = require("celements.elements.consent").token(self._context, "elements:oauth_token", key, given, 2)
  return token, info
end

local elements = {}

---@param context celements.Context
---@return celements.Elements
function elements.new(context)
  return setmetatable({ _context = context }, Elements)
end

return elements
