--- Element instances: what an application provisions for a customer.

local batch = require "celements.batch"
local configuration = require "celements.configuration"
local core = require "celements.core"
local errors = require "celements.errors"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"
local runtime = require "celements.runtime"
local tasks = require "celements.tasks"

---@class celements.Instances
local Instances = { __name = "celements.Instances" }
Instances.__index = Instances

local known_for_create = request.options_with { check = "boolean" }
local known_for_create_many = request.options_with { check = "boolean", concurrency = "size" }
local known_for_list = request.options_with {
  tags = "string|table", search_text = "string", hydrate = "boolean", page_size = "size", next_page = "string",
}

local function copy_of(map)
  local copy = {}
  for name, value in pairs(map) do copy[name] = value end
  return copy
end

-- What the platform masked must not be written over the secret behind it.
local function without_masks(body)
  local kept, removed = configuration.strip_masked(body.configuration)
  body.configuration = (not removed or next(kept) ~= nil) and kept or nil
end

-- `tags` is a list even when it is empty.
local function sendable(body)
  local copy = copy_of(body)
  if type(copy.tags) == "table" and next(copy.tags) == nil then copy.tags = setmetatable({}, core.array_mt) end
  without_masks(copy)
  if type(copy.element) == "table" and type(copy.element.configuration) == "table" then
    copy.element = copy_of(copy.element)
    without_masks(copy.element)
  end
  return copy
end

local function explain(err, body)
  if err.kind == "rejected" or err.kind == "provider" then
    err.missing = configuration.missing_in(err.message, body)
    err.likely_missing = configuration.likely_missing(body)
  end
  return err
end

-- A creation that does not name its element by the path names it in the body (API documentation).
local function names_element(body)
  local element = body.element
  local function is_given(value) return value ~= nil and value ~= "" and value ~= core.null end
  return type(element) == "table" and (is_given(element.key) or is_given(element.id))
end

local function no_element()
  return errors.new {
    kind = "configuration",
    message = "missing element.key, which says what to provision: element = { key = \"mailjet\" }",
    missing = { "element.key" },
  }
end

local function refusal(problem)
  local function some(list) return list[1] ~= nil and list or nil end
  return errors.new {
    kind = "configuration",
    message = problem.message,
    missing = some(problem.missing),
    placeholders = some(problem.placeholders),
    invalid = some(problem.invalid),
  }
end

--- Provisions an instance: `POST /instances`. Blocks or yields, up to 100 seconds unless `timeout` says otherwise. The
--- instance's `token` must be kept: every later call for it needs the token.
---
--- What is required and missing, a placeholder left in, or a common property that cannot be right is named, all in one
--- error of kind "configuration", before anything is sent; `check = false` leaves that to the platform.
---@param body table `element = { key = … }`, `configuration`, `tags`, `name`, and whatever else the API takes
---@param given (celements.CallOptions|{ check: boolean? })?
---@return table? instance
---@return celements.Info|celements.Error
function Instances:create(body, given)
  local where = "instances:create"
  options.argument(where, "request", body, "table")
  given = options.check(where, given, known_for_create, 2)
  if given.check ~= false then
    if not names_element(body) then return nil, no_element() end
    local problem = configuration.check(body)
    if problem then return nil, refusal(problem) end
  end
  local call = request.call_options(given, sendable(body))
  call.timeout = call.timeout or self._context.provision_timeout
  local instance, info = request.perform(self._context, where, "POST", "/instances", call, 2)
  if not instance then return nil, explain(info, body) end
  if type(instance) ~= "table" or type(instance.token) ~= "string" then
    local err = request.fault("the answer to the creation carries no element token", "POST", "/instances")
    err.status, err.request_id, err.maybe_sent, err.attempts = info.status, info.request_id, true, info.attempts
    err.instance = type(instance) == "table" and instance or nil
    return nil, err
  end
  return instance, info
end

--- Provisions many instances, so many at a time, and gives each as it comes, in any order:
--- `for index, instance, err, request in client.instances:create_many(requests) do`. Memory does not grow with their
--- number. `batch:stop()` begins no more of them; what is in flight still comes. Leaving the loop early instead ends
--- what is in flight, and a creation that ends so may have happened.
---@param requests table[]|fun(): table a list, or a function that gives one request after the other and nil at the end
---@param given (celements.CallOptions|{ check: boolean?, concurrency: integer? })? those of `create`, for each
---@return celements.Batch batch
---@return nil
---@return nil
---@return celements.Batch closing
function Instances:create_many(requests, given)
  local where = "instances:create_many"
  options.argument(where, "requests", requests, "table|function")
  given = options.check(where, given, known_for_create_many, 2)
  local each = copy_of(given)
  each.concurrency = nil
  local loop = self._context.loop
  local host = loop and loop.running() and loop or runtime.host(where, nil, 2)
  local own = batch.new(host, requests, function(body)
    local instance, info = self:create(body, each)
    return instance, info
  end, given.concurrency or tasks.CONCURRENCY)
  return own, nil, nil, own
end

--- Reads an instance. Its configuration comes with secrets masked as `********`.
---@param id integer|string
---@param given celements.CallOptions?
---@return table? instance
---@return celements.Info|celements.Error
function Instances:get(id, given)
  local where = "instances:get"
  given = options.check(where, given, request.options, 2)
  local path = request.path(where, "/instances/%s", "id", id, 2)
  local instance, info = request.perform(self._context, where, "GET", path, given, 2)
  return request.object(instance, info, "GET", path)
end

local function list_call(given)
  local call = request.call_options(given)
  local query = {}
  for name, value in pairs(given.query or {}) do query[name] = value end
  query["tags[]"] = given.tags or query["tags[]"]
  query.searchText = given.search_text or query.searchText
  if given.hydrate ~= nil then query.hydrate = given.hydrate end
  query.pageSize = given.page_size or query.pageSize
  query.nextPage = given.next_page or query.nextPage
  call.query = query
  return call
end

---@class celements.ListOptions: celements.CallOptions
---@field tags string|string[]? instances that have these tags
---@field search_text string? matches the name or the element's key
---@field hydrate boolean? false for lighter items
---@field page_size integer? at most 200
---@field next_page string? the cursor of the page, or of the first one, from `info.next_page`

--- Fetches one page of the account's instances; `info.next_page` is the cursor of the next one.
---@param given celements.ListOptions?
---@return table[]? instances
---@return celements.Info|celements.Error
function Instances:list(given)
  given = options.check("instances:list", given, known_for_list, 2)
  local list, info = pages.get(self._context, "instances:list", "/instances", list_call(given), 2)
  return list, info
end

--- Goes through the account's instances, one page in memory at a time: `for instance, info in
--- client.instances:each() do`. Raises the error's table when a page does not come.
---@param given celements.ListOptions?
---@return celements.Items
function Instances:each(given)
  given = options.check("instances:each", given, known_for_list, 2)
  return pages.each(self._context, "instances:each", "/instances", list_call(given), "cursor")
end

--- Goes through the account's instances page by page, without raising, as `session:pages` does.
---@param given celements.ListOptions?
---@return celements.Pages
function Instances:pages(given)
  given = options.check("instances:pages", given, known_for_list, 2)
  return pages.walk(self._context, "instances:pages", "/instances", list_call(given), "cursor")
end

--- Changes an instance: `PATCH /instances/{id}`. Only what is given changes; `tags` are replaced as a whole. Masked
--- configuration entries are left out, so a fetched instance can be changed and sent back.
---@param id integer|string
---@param changes table
---@param given celements.CallOptions?
---@return table? instance
---@return celements.Info|celements.Error
function Instances:update(id, changes, given)
  local where = "instances:update"
  options.argument(where, "changes", changes, "table")
  given = options.check(where, given, request.options, 2)
  local path = request.path(where, "/instances/%s", "id", id, 2)
  local call = request.call_options(given, sendable(changes))
  local instance, info = request.perform(self._context, where, "PATCH", path, call, 2)
  if not instance then return nil, explain(info, changes) end
  return request.object(instance, info, "PATCH", path)
end

--- Deletes an instance for good, and its token with it. Where the answer of an attempt was lost and the next one finds
--- nothing, it has succeeded.
---@param id integer|string
---@param given celements.CallOptions?
---@return any? body true when the platform answers without one
---@return celements.Info|celements.Error
function Instances:delete(id, given)
  local where = "instances:delete"
  given = options.check(where, given, request.options, 2)
  local path = request.path(where, "/instances/%s", "id", id, 2)
  local body, info = request.perform(self._context, where, "DELETE", path, given, 2)
  return body, info
end

local instances = {}

---@param context celements.Context
---@return celements.Instances
function instances.new(context)
  return setmetatable({ _context = context }, Instances)
end

return instances
