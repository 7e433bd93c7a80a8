--- A client: the application's own secrets, and everything reachable with them.

local context = require "celements.context"
local core = require "celements.core"
local hooks = require "celements.hooks"
local instances = require "celements.instances"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"
local retry = require "celements.retry"
local runtime = require "celements.runtime"
local selection = require "celements.selection"
local session = require "celements.session"

--- What an application does with its own secrets. Made by `celements.new`.
---@class celements.Client
---@field instances celements.Instances the account's instances
---@field elements celements.Elements what can be provisioned
local Client = { __name = "celements.Client" }
Client.__index = Client

-- A resource that most programs never use is read when something of it is first asked for.
local function later(module, own)
  return setmetatable({ _context = own }, {
    __index = function(self, name)
      setmetatable(self, getmetatable(require(module).new(own)))
      return self[name]
    end,
  })
end

local DEFAULT_BASE_URL = "https://api.cloud-elements.com/elements/api-v2"

local known = {
  user_secret = "string",
  organization_secret = "string",
  base_url = "string",
  ca_file = "string",
  proxy = "string",
  timeout = "seconds",
  connect_timeout = "seconds",
  low_speed_limit = "size",
  low_speed_time = "size",
  max_response = "size",
  retries = "count",
  max_in_flight = "size",
  rate = "rate",
  burst = "size",
  configuration_ttl = "seconds",
  http2 = "boolean",
  loop = "string",
  on_request = "function",
  on_response = "function",
}

local function or_environment(given, name, variable)
  local value = given[name]
  if value == nil then value = os.getenv(variable) end
  return value
end

local function required(given, name, variable)
  local value = or_environment(given, name, variable)
  if value == nil or value == "" then
    error(("celements.new: option '%s' is missing: give it, or set $%s"):format(name, variable), 4)
  end
  return value
end

local function new_target(given, timeout)
  local http2 = given.http2
  if http2 == nil then http2 = runtime.http2 end
  local target, field, why = core.target {
    user_secret = required(given, "user_secret", "CLOUD_ELEMENTS_USER_SECRET"),
    organization_secret = required(given, "organization_secret", "CLOUD_ELEMENTS_ORGANIZATION_SECRET"),
    base_url = or_environment(given, "base_url", "CLOUD_ELEMENTS_BASE_URL") or DEFAULT_BASE_URL,
    ca_file = given.ca_file,
    proxy = given.proxy,
    http2 = http2,
    max_in_flight = given.max_in_flight,
    rate = given.rate,
    burst = given.burst,
    timed = given.on_response ~= nil,
    timeout = timeout,
    connect_timeout = given.connect_timeout or 10,
    low_speed_limit = given.low_speed_limit,
    low_speed_time = given.low_speed_time,
    max_response = given.max_response or 64 * 1024 * 1024,
  }
  if not target then error(("celements.new: option '%s' %s"):format(field, why), 3) end
  return target
end

--- Makes a call to any endpoint with the client's authorisation, limits and errors. Blocks or yields. Raises for a
--- method, path, header or query that cannot be sent.
---@param method string such as "GET"
---@param path string below the base URL, such as "/usage", escaped where it needs to be
---@param given celements.RequestOptions?
---@return any? body the decoded body, true when the answer is empty, nil when the call failed
---@return celements.Info|celements.Error
function Client:request(method, path, given)
  local body, info = request.perform_unchecked(self._context, "client:request", method, path, given)
  return body, info
end

--- Goes through the items of a collection of the platform's own, such as `/usage`, as `session:each` does with a hub's.
---@param path string below the base URL
---@param given celements.WalkOptions?
---@return celements.Items
function Client:each(path, given)
  local items = selection.walk(self._context, pages.each, "client:each", path, given, "platform")
  return items
end

--- Goes through a collection of the platform's own page by page, as `session:pages` does.
---@param path string below the base URL
---@param given celements.WalkOptions?
---@return celements.Pages
function Client:pages(path, given)
  local list = selection.walk(self._context, pages.walk, "client:pages", path, given, "platform")
  return list
end

--- Makes a session: calls with the element token of one instance. Nothing is sent. Raises for what cannot be a token,
--- and when the client is closed.
---@param token string the instance's `token`
---@return celements.Session
function Client:with_token(token)
  options.argument("client:with_token", "token", token, "string")
  local own = self._context
  if not own.target then error("client:with_token: the client is closed: make a new one", 2) end
  local other, why = context.with_token(own, token)
  if not other then error("client:with_token: token " .. why, 2) end
  return session.new(other)
end

local known_for_recover = { settle = "seconds", lease = "seconds", timeout = "seconds", concurrency = "size" }

--- Options of `client:recover`.
---@class celements.RecoverOptions
---@field settle number? seconds after which a creation of unknown fate that is not listed did not happen; default 60
---@field lease number? seconds after which another process may take over; default 150
---@field timeout number? seconds for all of it; default 300
---@field concurrency integer? how many at a time; default 32

--- Brings to an end what processes that died left open in a store: an instance that was made is found by its tag and
--- kept there, with its token; the record of one that was not is removed. Blocks or yields, at most until `settle`
--- seconds after the last of those creations.
---@param store celements.Store what `instances:ensure` was given as `store`
---@param given celements.RecoverOptions?
---@return celements.Recovered[]? list one entry for each that was open
---@return celements.Error? err why the store cannot be read; of kind "unavailable" where nothing can wait, such as in
--- some phases of nginx
function Client:recover(store, given)
  local where = "client:recover"
  require("celements.store").check(where, "store", store, 2)
  given = options.check(where, given, known_for_recover)
  local list, err = require("celements.ensure.recover").all(self.instances, store, given)
  return list, err
end

--- Forgets the secrets. Calls in flight end with kind "closed". Sessions live on. May be called again.
function Client:close()
  context.close(self._context)
end
Client.__close = Client.close

function Client:__tostring()
  return context.describe(self._context, Client.__name)
end

local client = {}

--- Options of a client. Times are seconds. A call over `max_in_flight` or `rate` waits for its turn, and its `timeout`
--- runs meanwhile. Hooks are called before and after each attempt of a call; what they raise ends in the result's
--- `hook_error`.
---@class celements.ClientOptions
---@field user_secret string? default $CLOUD_ELEMENTS_USER_SECRET
---@field organization_secret string? default $CLOUD_ELEMENTS_ORGANIZATION_SECRET
---@field base_url string? default $CLOUD_ELEMENTS_BASE_URL, then the US production platform
---@field ca_file string? PEM file of the certificate authorities to trust instead of the system's
---@field proxy string? default as libcurl reads the environment; "" for none
---@field timeout number? for each call with all its attempts, DNS included; default 60, and 100 where the platform
--- signs in to a provider: `create`, and `replace` and `update` with credentials
---@field connect_timeout number? default 10
---@field low_speed_limit integer? bytes a second below which an attempt ends, with `low_speed_time`; default 1
---@field low_speed_time integer? seconds of that; default 30 with `low_speed_limit`, otherwise never
---@field retries integer? how often a call may be tried again; default 2
---@field max_response integer? bytes of a response's body; default 64 MiB
---@field max_in_flight integer? calls at once, those of the client's sessions included; default any number
---@field rate number? calls that begin in a second, those of the client's sessions included; default any number
---@field burst integer? calls that may begin at once after a pause, with `rate`; default 1
---@field configuration_ttl number? how long `check = "live"` takes an element's configuration as it was; default 300
---@field http2 boolean? whether to speak HTTP/2 where the server does, over https; default true, inside nginx false
---@field on_request (fun(event: celements.RequestEvent))? called before each attempt
---@field on_response (fun(event: celements.ResponseEvent))? called after each attempt
---@field loop "copas"|"cqueues"|"luv"|nil the event loop that calls made inside it wait by, instead of blocking;
--- without it they do so in tasks and inside nginx

--- Makes a client. Nothing is sent. Raises for options that cannot work, and for a secret that is neither given nor in
--- the environment.
---@param given celements.ClientOptions?
---@return celements.Client
function client.new(given)
  given = options.check("celements.new", given, known)
  if given.burst and not given.rate then error("celements.new: option 'burst' needs option 'rate'", 2) end
  local timeout = given.timeout or 60
  local own = {
    name = "client",
    target = new_target(given, timeout),
    timeout = timeout,
    provision_timeout = given.timeout or 100, -- creations take 9 to 26 seconds (observed)
    retries = given.retries or 2,
    budget = retry.budget(),
    hooks = hooks.of(given),
    configuration_ttl = given.configuration_ttl or 300,
    loop = runtime.loop("celements.new", given.loop, 2),
  }
  return setmetatable({
    _context = own, instances = instances.new(own), elements = later("celements.elements", own),
  }, Client)
end

return client
