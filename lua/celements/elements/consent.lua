--- Where a customer allows an application in: the first steps of OAuth 2 and OAuth 1.

local application = require "celements.oauth.application"
local copy = require "celements.copy"
local core = require "celements.core"
local options = require "celements.options"
local request = require "celements.request"

local consent = {}

--- What the platform is told of the application (API documentation).
---@class celements.ConsentOptions: celements.CallOptions
---@field app celements.OAuthApp? defaults for the options
--- of these names, so that an application is described once
---@field api_key string? the application's key at the provider; needed unless a proxy holds it
---@field api_secret string? the application's secret; likewise
---@field callback_url string? where the provider sends the customer back; likewise
---@field state string? comes back with the customer, see `celements.oauth.state`; default the element's key
---@field scope string? what the application asks for
---@field site_address string? the customer's own address at the provider, where the element wants it
---@field subdomain string? likewise
---@field proxy { name: string?, callback: boolean? }? an OAuth proxy of the platform's; with `callback = true` the
--- provider sends the customer to the proxy, and `state` must be the application's own callback URL
---@field request_token string? OAuth 1: `token` of `elements:oauth_token`
---@field parameters table<string, string|number|boolean>? what else the element wants, by the API's names
---@field method "GET"|"POST"|nil `oauth_url` only: how to ask; "POST" sends all of it in the body, and never in a URL

local APP, PROXY = application.APP, application.PROXY

local known = request.options_with(copy(APP, {
  app = "table", state = "string", site_address = "string", subdomain = "string", proxy = "table",
  request_token = "string", parameters = "table", method = "string",
}))

local NAMES = {
  api_key = "apiKey", api_secret = "apiSecret", callback_url = "callbackUrl", state = "state", scope = "scope",
  site_address = "siteAddress", subdomain = "subdomain", request_token = "requestToken",
}

-- What the body of a POST is known to carry (observed).
local IN_BODY = { apiKey = true, apiSecret = true, callbackUrl = true }

local function check_options(where, given, level)
  given = options.check(where, given, known, level + 1)
  local own = copy(options.check(where .. ", option 'app'", given.app, APP, level + 1), given)
  options.check(where .. ", option 'proxy'", given.proxy, PROXY, level + 1)
  if own.method and own.method ~= "GET" and own.method ~= "POST" then
    error(where .. ": option 'method' must be 'GET' or 'POST'", level + 1)
  end
  for _, name in ipairs { "api_key", "api_secret", "callback_url" } do
    if own[name] == "" or own[name] == nil and not given.proxy then
      error(("%s: option 'app.%s' is missing: give it, or option 'proxy'"):format(where, name), level + 1)
    end
  end
  if given.proxy and given.proxy.callback and not own.state then
    error(where .. ": option 'state' must be the application's own callback URL with a proxy's callback", level + 1)
  end
  return own
end

local function fields_of(given)
  local fields = copy(given.parameters)
  for name, called in pairs(NAMES) do fields[called] = given[name] end
  if given.proxy then
    fields.isOauthProxy, fields.oauthProxyName = true, given.proxy.name
    fields.callbackProxy = given.proxy.callback or nil
  end
  return fields
end

local function fits_body(fields)
  for name in pairs(fields) do
    if not IN_BODY[name] and name ~= "state" then return false end
  end
  return true
end

local function query_call(given, fields)
  local call = request.call_options(given)
  call.query = copy(given.query, fields)
  return call
end

-- Puts the state in the place of the one that the platform chose.
local function with_state(url, state)
  local address, fragment = url:match("^([^#]*)(.*)$")
  local escaped = core.escape(state)
  local before, after = address:match("^(.-[?&]state=)[^&]*(.*)$")
  if before then return before .. escaped .. after .. fragment end
  return ("%s%sstate=%s%s"):format(address, address:find("?", 1, true) and "&" or "?", escaped, fragment)
end

local function ask(context, where, path, given, level)
  local fields, method = fields_of(given), given.method
  if method ~= "GET" and (method == "POST" or fits_body(fields)) then
    local state = given.state
    if method ~= "POST" then fields.state = nil end
    local answer, info = request.perform(context, where, "POST", path, request.call_options(given, fields), level + 1)
    if answer ~= nil or method == "POST" or info.status ~= 404 and info.status ~= 405 then
      return answer, info, "POST", not given.proxy and state or nil
    end
    fields.state = state
  end
  local answer, info = request.perform(context, where, "GET", path, query_call(given, fields), level + 1)
  return answer, info, "GET"
end

--- Asks for the URL of the provider's page. Raises for options that cannot be right.
---@param context celements.Context
---@param where string
---@param key string|integer
---@param given celements.ConsentOptions
---@param level integer
---@return string? url
---@return celements.Info|celements.Error
function consent.url(context, where, key, given, level)
  given = check_options(where, given, level + 1)
  local path = request.path(where, "/elements/%s/oauth/url", "key", key, level + 1)
  local answer, info, method, state = ask(context, where, path, given, level + 1)
  if answer == nil then return nil, info end
  local url = type(answer) == "table" and answer.oauthUrl
  -- It is sent on in a header.
  if type(url) ~= "string" or not url:find("^%a[%w+.-]*://[^/]") or url:find("%c") then
    return nil, request.fault("the answer holds no URL of a provider", method, path, info)
  end
  return state and with_state(url, state) or url, info
end

--- Asks for a request token of OAuth 1. Raises for options that cannot be right.
---@param context celements.Context
---@param where string
---@param key string|integer
---@param given celements.ConsentOptions
---@param level integer
---@return { token: string, secret: string }? request_token
---@return celements.Info|celements.Error
function consent.token(context, where, key, given, level)
  given = check_options(where, given, level + 1)
  if given.method == "POST" then
    error(where .. ": option 'method' must be 'GET': there is no POST for it", level + 1)
  end
  local path = request.path(where, "/elements/%s/oauth/token", "key", key, level + 1)
  local answer, info = request.perform(context, where, "GET", path, query_call(given, fields_of(given)), level + 1)
  if answer == nil then return nil, info end
  if type(answer) ~= "table" or type(answer.token) ~= "string" or type(answer.secret) ~= "string" then
    return nil, request.fault("the answer holds no request token", "GET", path, info)
  end
  return { token = answer.token, secret = answer.secret }, info
end

return consent
