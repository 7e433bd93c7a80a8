--- Element instances: what an application provisions for a customer.

local batch = require "celements.batch"
local copy = require "celements.copy"
local core = require "celements.core"
local options = require "celements.options"
local pages = require "celements.pages"
local place = require "celements.instance.place"
local preflight = require "celements.instance.preflight"
local request = require "celements.request"
local runtime = require "celements.runtime"
local shape = require "celements.instance.shape"
local tasks = require "celements.tasks"
local worklist = require "celements.worklist"

--- The account's instances. Those of one customer: see `celements.SessionInstance`.
---@class celements.Instances
local Instances = { __name = "celements.Instances" }
Instances.__index = Instances

local CREATE = { check = "boolean|string", element = "string|size", verify = "boolean" }

local known_for_create = request.options_with(CREATE)
local known_for_create_many = request.options_with(CREATE)
known_for_create_many.concurrency = "size"
local known_for_get = request.options_with { element = "string|size" }
local known_for_list = request.options_with {
  element = "string|size", tags = "string|table", search_text = "string", hydrate = "boolean", page_size = "size",
  next_page = "string",
}

local function accept(instance, info, path)
  if type(instance) == "table" and type(instance.token) == "string" and instance.token ~= "" then
    return shape.instance(instance, info, "POST", path)
  end
  local err = request.fault("the answer to the creation carries no element token", "POST", path, info)
  err.maybe_sent = true
  err.instance = shape.instance(instance, info, "POST", path) or nil
  return nil, err
end

-- Gives items with their index, for who gives them and for who works on them.
local function numbered(source)
  local index = 0
  return function()
    local item = source()
    index = index + 1
    return item, index, index
  end
end

--- Options of `instances:create`; `timeout` is 100 seconds by default.
---@class celements.CreateOptions: celements.CallOptions
---@field check boolean|"live"|nil whether to look for what is missing before sending, and "live" for a look at the
--- element's configuration as the platform has it; default true
---@field element string|integer|nil the element's key or id, for the path
---@field verify boolean? whether to ping with the new token; default false

--- Options of `instances:create_many`.
---@class celements.CreateManyOptions: celements.CreateOptions
---@field concurrency integer? how many at a time; default 32

--- Options of `instances:get` and `instances:delete`.
---@class celements.InstanceOptions: celements.CallOptions
---@field element string|integer|nil the element's key or id, to name it in the path as well

--- Provisions an instance: `POST /instances`. Blocks or yields, up to 100 seconds unless `timeout` says otherwise. The
--- instance's `token` must be kept: every later call for it needs the token.
---
--- What is required and missing, a placeholder left in, or a common property that cannot be right is named, all in one
--- error of kind "configuration", before anything is sent; `check = false` leaves that to the platform, and
--- `check = "live"` checks by the element's configuration as the platform has it (`GET /elements/{key}/configuration`),
--- which a client asks for once in its `configuration_ttl`.
---
--- `element` (a key or an id) names the element by the path, `POST /elements/{keyOrId}/instances`, instead of in the
--- request. `verify = true` pings with the new token, in what is left of the time and at least a second: when the
--- provider does not answer, the error has the instance as `instance`. Where the element cannot be pinged (404, 405)
--- the instance is given, and `info.verified` is false.
---@param body table `element = { key = … }`, `configuration`, `tags`, `name`, and whatever else the API takes
---@param given celements.CreateOptions?
---@return celements.Instance? instance
---@return celements.Info|celements.Error info or the error: with `missing`, `placeholders`, `invalid` when nothing was
--- sent, with `likely_missing` when the platform refused, with `maybe_sent` when the creation may have happened
function Instances:create(body, given)
  local where = "instances:create"
  options.argument(where, "request", body, "table", 2, given)
  given = options.check(where, given, known_for_create, 2)
  preflight.check_option(where, given.check, 2)
  local path = place.below_element(where, given.element, "/instances", 2)
  local sent = body
  if given.element ~= nil then
    body, sent = preflight.name_element(body, given.element)
    if not body then return nil, sent end
  end
  local err = given.check ~= false and preflight.refuse(self._context, where, body, given)
  if err then return nil, err end
  local call, begun = request.call_options(given, shape.sendable(sent)), core.now()
  call.timeout = call.timeout or self._context.provision_timeout
  local instance, info = request.perform(self._context, where, "POST", path, call, 2)
  if not instance then return nil, shape.explain(info, body) end
  instance, info = accept(instance, info, path)
  if not instance or not given.verify then return instance, info end
  local ping = request.limits(given)
  ping.timeout = call.timeout - (core.now() - begun)
  return require("celements.instance.verification").ping(self._context, where, instance, info, ping)
end

--- Provisions many instances, so many at a time, and gives each as it comes, in any order:
--- `for index, instance, err, request in client.instances:create_many(requests) do`. Memory does not grow with their
--- number. `batch:stop()` begins no more of them; what is in flight still comes. Leaving the loop early instead ends
--- what is in flight, and a creation that ends so may have happened.
---@param requests table[]|fun(): table a list, or a function that gives one request after the other and nil at the end
---@param given celements.CreateManyOptions? those of `create` are for each
---@return celements.Batch batch
---@return nil
---@return nil
---@return celements.Batch closing
function Instances:create_many(requests, given)
  local where = "instances:create_many"
  options.argument(where, "requests", requests, "table|function")
  worklist.check(where, "requests", requests, 2)
  given = options.check(where, given, known_for_create_many, 2)
  preflight.check_option(where, given.check, 2)
  local each = copy(given)
  each.concurrency = nil
  local host = runtime.host_of(self._context, where, 2)
  local own = batch.new(host, requests, function(body, index)
    if type(body) ~= "table" then
      error(("%s: item %d must be a table, not %s"):format(where, index, options.kind(body)), 0)
    end
    local instance, info = self:create(body, each)
    return instance, info
  end, given.concurrency or tasks.CONCURRENCY, numbered)
  return own, nil, nil, own
end

--- Reads an instance: `GET /instances/{id}`. Its configuration comes with secrets masked as `********` (observed).
---@param id integer|string the instance's
---@param given celements.InstanceOptions?
---@return celements.Instance? instance
---@return celements.Info|celements.Error
function Instances:get(id, given)
  local where = "instances:get"
  given = options.check(where, given, known_for_get, 2)
  local path = request.path(where, "/instances/%s", "id", id, 2)
  path = place.below_element(where, given.element, path, 2)
  local instance, info = request.perform(self._context, where, "GET", path, given, 2)
  return shape.instance(instance, info, "GET", path)
end

local function list_call(given)
  local call = request.call_options(given)
  call.query = copy(given.query, {
    ["tags[]"] = given.tags, searchText = given.search_text, hydrate = given.hydrate, pageSize = given.page_size,
    nextPage = given.next_page,
  })
  return call
end

--- Options of `instances:list`, `instances:each` and `instances:pages`.
---@class celements.ListOptions: celements.CallOptions
---@field element string|integer|nil only instances of this element, by its key or its id
---@field tags string|string[]? instances that have these tags
---@field search_text string? matches the name or the element's key
---@field hydrate boolean? false for lighter items
---@field page_size integer? at most 200, which is the default (API documentation)
---@field next_page string? the cursor of the page, or of the first one, from `info.next_page`

--- Fetches one page of the account's instances, `GET /instances`: an empty list when there are none; `info.next_page`
--- is the cursor of the next one.
---@param given celements.ListOptions?
---@return celements.Instance[]? instances
---@return celements.Info|celements.Error
function Instances:list(given)
  local where = "instances:list"
  given = options.check(where, given, known_for_list, 2)
  local path = place.below_element(where, given.element, "/instances", 2)
  local list, info = pages.get(self._context, where, path, list_call(given), 2)
  return shape.list(list, info, path)
end

--- Goes through the account's instances, one page in memory at a time: `for instance, info in
--- client.instances:each() do`. Raises the error's table when a page does not come.
---@param given celements.ListOptions?
---@return celements.Items
function Instances:each(given)
  local where = "instances:each"
  given = options.check(where, given, known_for_list, 2)
  local path = place.below_element(where, given.element, "/instances", 2)
  return pages.each(self._context, where, path, list_call(given), "platform", shape.list)
end

--- Goes through the account's instances page by page, without raising, as `session:pages` does.
---@param given celements.ListOptions?
---@return celements.Pages
function Instances:pages(given)
  local where = "instances:pages"
  given = options.check(where, given, known_for_list, 2)
  local path = place.below_element(where, given.element, "/instances", 2)
  return pages.walk(self._context, where, path, list_call(given), "platform", shape.list)
end

-- The rest is read when it is first asked for.
setmetatable(Instances, {
  __index = function(class, name)
    require("celements.instance").add_by_id(class)
    setmetatable(class, nil)
    return class[name]
  end,
})

local instances = {}

---@param context celements.Context
---@return celements.Instances
function instances.new(context)
  return setmetatable({ _context = context }, Instances)
end

return instances
