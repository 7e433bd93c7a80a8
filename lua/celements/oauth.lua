--- OAuth from the application's side: what the provider sends back, and the request that is made of it.

local application = require "celements.oauth.application"
local copy = require "celements.copy"
local crypto = require "celements.crypto"
local errors = require "celements.errors"
local options = require "celements.options"
local redact = require "celements.redact"
local state = require "celements.oauth.state"
local unescape = require("celements.parameters").unescape

local oauth = { state = state.new }

-- What a provider's callback can hold that the platform wants (API documentation, observed), the `state` aside: that
-- is the application's own.
local FIELDS = {
  "code", "apikey", "access_token", "refresh_token", "expires_in", "oauth_token", "oauth_verifier", "secret",
  "realmId", "dataSource", "org", "token",
}

-- Any of these is what the way through the provider was for.
local GRANTS = { "code", "access_token", "refresh_token", "token", "apikey" }

local function refuse(kind, message, hint)
  return nil, errors.new { kind = kind, message = message, hint = hint }
end

local function decode(text)
  return unescape((text:gsub("%+", " ")))
end

-- The parameters by name, and whether one stands there twice, which none may (RFC 6749, 3.1).
local function read(query)
  local parameters, is_repeated = {}, false
  if type(query) == "table" then
    for name, value in pairs(query) do
      if type(value) == "table" then is_repeated = true end
      if type(name) == "string" and type(value) == "string" then parameters[name] = value end
    end
    return parameters, is_repeated
  end
  for pair in query:gsub("^%?", ""):gsub("#.*$", ""):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name = decode(name)
    is_repeated = is_repeated or parameters[name] ~= nil
    parameters[name] = decode(value)
  end
  return parameters, is_repeated
end

local function check_state(parameters, given)
  local expected = given.state
  if type(expected) == "string" then
    if crypto.is_equal(parameters.state or "", expected) then return true end
    return refuse("unauthorized", "the state is not the one that was sent", "start the flow again")
  elseif expected then
    local ok, err = expected:check(parameters.state, given.binding)
    return ok, err
  end
  return true
end

-- A refusal is the provider's to word, and anybody can call a callback.
local function refusal(parameters)
  local texts = { code = parameters.error, text = parameters.error_description or parameters.error }
  local others = {}
  for name, value in pairs(parameters) do
    if name ~= "error" and name ~= "error_description" then others[name] = value end
  end
  redact.texts(nil, "", { query = others }, texts)
  for name, text in pairs(texts) do texts[name] = text:gsub("%c", " "):sub(1, 300) end
  return nil, errors.new {
    kind = "provider", message = "the provider did not let the application in: " .. texts.code,
    provider_message = texts.text, hint = "the customer may have refused: start the flow again",
  }
end

local function provider_data(parameters, more)
  local data = {}
  for _, name in ipairs(FIELDS) do data[name] = parameters[name] end
  for _, name in ipairs(more) do data[name] = parameters[name] end
  return data
end

local function is_given(value)
  return value ~= nil and value ~= ""
end

local function is_granted(data)
  for _, name in ipairs(GRANTS) do
    if is_given(data[name]) then return true end
  end
  return is_given(data.oauth_token) and is_given(data.oauth_verifier)
end

local CALLBACK = "celements.oauth.callback"
local known_for_callback = {
  state = "string|table|boolean", binding = "string", request_token = "table", fields = "table",
}

--- Options of `celements.oauth.callback`; `state` or `request_token` must be given.
---@class celements.CallbackOptions
---@field state celements.oauth.State|string|false|nil what made the state, or the state that was sent; false for none:
--- then somebody else's account can be connected in the customer's name
---@field binding string? what the state was bound to
---@field request_token { token: string, secret: string }? OAuth 1: what `elements:oauth_token` gave; it does as well as
--- a state where the provider sends none back
---@field fields string[]? parameters to pass on to the platform besides the documented ones

local function check_options(given)
  given = options.check(CALLBACK, given, known_for_callback, 3)
  local expected, token = given.state, given.request_token
  if expected == true or type(expected) == "table" and not state.is(expected) then
    error(CALLBACK .. ": option 'state' must be made by celements.oauth.state, a string or false", 3)
  elseif expected == "" or expected == nil and not token then
    error(CALLBACK .. ": option 'state' is missing: give what made it, or the state that was sent", 3)
  end
  if token and (type(token.token) ~= "string" or type(token.secret) ~= "string") then
    error(CALLBACK .. ": option 'request_token' must be what elements:oauth_token gave", 3)
  end
  return given
end

--- Reads the query that a provider sends a customer back with. Nothing is sent.
---@param query string|table the query as it came, or its parameters, decoded
---@param given celements.CallbackOptions
---@return table<string, string>? provider_data for `celements.oauth.request`
---@return celements.Error? err "unauthorized" for a wrong state, "provider" when the provider or the customer refused,
--- "response" when what is needed is not there, "unavailable" without luaossl
function oauth.callback(query, given)
  options.argument(CALLBACK, "query", query, "string|table")
  given = check_options(given)
  local parameters, is_repeated = read(query)
  if is_repeated then return refuse("response", "a parameter stands twice in the callback", "start the flow again") end
  local ok, err = check_state(parameters, given)
  if not ok then return nil, err end
  if is_given(parameters.error) then
    ok, err = refusal(parameters)
    return ok, err
  end
  local data, token = provider_data(parameters, given.fields or {}), given.request_token
  if token then
    if not crypto.is_equal(data.oauth_token or "", token.token) then
      return refuse("unauthorized", "the callback is for another request token", "start the flow again")
    end
    data.secret = token.secret
  end
  if is_granted(data) then return data end
  return refuse("response", token and "the callback holds no oauth_verifier" or "the callback holds no code",
    "check that the provider sends customers to this URL")
end

local REQUEST = "celements.oauth.request"
local APP = application.APP
local known_for_request = copy(APP, {
  element = "string|number", name = "string", tags = "table", configuration = "table", app = "table",
  provider_data = "table", tokens = "table", proxy = "table",
})

local KEYS = {
  api_key = "oauth.api.key", api_secret = "oauth.api.secret", callback_url = "oauth.callback.url",
  scope = "oauth.scope",
}
local known_for_tokens = {
  refresh_token = "string", token = "string", secret = "string", refresh_interval = "string|number",
}
local TOKENS = {
  refresh_token = "oauth.user.refresh_token", token = "oauth.user.token", secret = "oauth.user.token.secret",
  refresh_interval = "oauth.user.refresh_interval",
}

--- What `celements.oauth.request` takes; `provider_data` or `tokens` must be given.
---@class celements.OAuthRequest
---@field element string|integer the element's key, or its number
---@field name string? the instance's
---@field tags string[]? likewise
---@field app celements.OAuthApp? defaults for the options of these names
---@field api_key string? the application's key at the provider
---@field api_secret string? its secret
---@field callback_url string? where the provider sends the customer back
---@field scope string? what the application asks for
---@field proxy { name: string? }? the one that `elements:oauth_url` was given; its `callback` counts there only
---@field provider_data table<string, string>? what `celements.oauth.callback` gave
---@field tokens { refresh_token: string?, token: string?, secret: string?, refresh_interval: string|integer|nil }? in
--- its place: tokens obtained elsewhere, a `refresh_token` (OAuth 2) or `token` and `secret` (OAuth 1)
---@field configuration table? what else the element wants

--- Makes the request for `instances:create` out of what the steps of a flow gave (API documentation). Nothing is sent.
--- Raises when the element is missing, or both or neither of `provider_data` and `tokens` are given.
---@param given celements.OAuthRequest
---@return table request
function oauth.request(given)
  options.argument(REQUEST, "request", given, "table")
  given = options.check(REQUEST, given, known_for_request)
  local app = options.check(REQUEST .. ", option 'app'", given.app, APP)
  local tokens = options.check(REQUEST .. ", option 'tokens'", given.tokens, known_for_tokens)
  local proxy = given.proxy
  options.check(REQUEST .. ", option 'proxy'", proxy, application.PROXY)
  if given.element == nil then error(REQUEST .. ": option 'element' is missing", 2) end
  if (given.provider_data == nil) == (given.tokens == nil) then
    error(REQUEST .. ": give option 'provider_data' or option 'tokens'", 2)
  end
  local configuration = copy(given.configuration)
  for name, key in pairs(KEYS) do
    local value = given[name]
    if value == nil then value = app[name] end
    if value ~= nil then configuration[key] = value end
  end
  for name, key in pairs(TOKENS) do
    if tokens[name] ~= nil then configuration[key] = tokens[name] end
  end
  return {
    element = type(given.element) == "number" and { id = given.element } or { key = given.element },
    name = given.name, tags = given.tags, configuration = configuration, providerData = given.provider_data,
    externalAuthentication = given.tokens and "initial" or nil,
    oauthProxy = proxy and { isOauthProxy = true, oauthProxyName = proxy.name } or nil,
  }
end

return oauth
