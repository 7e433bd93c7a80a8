--- Handlers of `/elements/{keyOrId}/oauth/url` and `/oauth/token`: the way to the make-believe provider.
local catalogue = require "celements.sandbox.catalogue"
local grants = require "celements.sandbox.grants"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local authorization = {}

local function is_text(value)
  return type(value) == "string" and value ~= ""
end

-- The application that asks: its key and callback, or the refusal.
local function application(context, element, given)
  if given.isOauthProxy == "true" then
    if not is_text(given.oauthProxyName) then return nil, reply.fail(400, "oauthProxyName is required") end
    local callback = given.callbackUrl
    if given.callbackProxy == "true" then callback = given.state end
    if not is_text(callback) or not callback:find("^https?://[^/]") then
      return nil, reply.fail(400, "callbackUrl, or state with callbackProxy, must be an http or https URL")
    end
    return { client = grants.proxy(given.oauthProxyName), callback = callback }
  end
  local lacking = {}
  for _, name in ipairs { "apiKey", "apiSecret", "callbackUrl" } do
    if not is_text(given[name]) then lacking[#lacking + 1] = name end
  end
  if #lacking > 0 then return nil, reply.fail(400, "Missing required parameters: " .. table.concat(lacking, ", ")) end
  if not given.callbackUrl:find("^https?://[^/]") then
    return nil, reply.fail(400, "callbackUrl must be an http or https URL")
  end
  context.state.grants:register(element.key, given.apiKey, given.apiSecret)
  return { client = given.apiKey, callback = given.callbackUrl }
end

local function find(context, kind)
  local element, refusal = catalogue.find(context)
  if not element then return nil, refusal end
  if not element.oauth or kind and element.oauth ~= kind then
    return nil, reply.fail(400, ("Element %s does not use %s"):format(element.key, kind or "OAuth"))
  end
  return element
end

local function query(context)
  local given = {}
  for _, entry in ipairs(context.request.parameters) do given[entry.name] = entry.value end
  return given
end

local function link(context, element, fields)
  local parts = {}
  for _, field in ipairs(fields) do
    if is_text(field[2]) then parts[#parts + 1] = field[1] .. "=" .. request.encode(field[2]) end
  end
  local origin = context.request.origin or "http://127.0.0.1"
  return ("%s/provider/%s/authorize?%s"):format(origin, request.encode(element.key), table.concat(parts, "&"))
end

local function answer(context, element, given)
  local asking, refusal = application(context, element, given)
  if not asking then return refusal end
  local fields
  if element.oauth == "oauth1" then
    local grant = given.requestToken and context.state.grants.tokens[given.requestToken]
    if not grant or grant.element ~= element.key or grant.client ~= asking.client then
      return reply.fail(400, "requestToken must be a request token of this element and application")
    end
    fields = { { "oauth_token", given.requestToken }, { "state", given.state } }
  else
    fields = {
      { "response_type", "code" }, { "client_id", asking.client }, { "redirect_uri", asking.callback },
      { "scope", given.scope }, { "state", given.state or element.key },
    }
  end
  return reply.ok(json.object({ element = element.key, oauthUrl = link(context, element, fields) },
    { "element", "oauthUrl" }))
end

--- `GET /elements/{keyOrId}/oauth/url`.
function authorization.url(context)
  local element, refusal = find(context)
  return element and answer(context, element, query(context)) or refusal
end

--- `POST /elements/{keyOrId}/oauth/url`, which takes the application's key, secret and callback, and nothing else
--- (observed). Not every platform has it.
function authorization.post_url(context)
  if not context.switches.oauth_url_post then
    return reply.fail(405, "Method POST is not supported for " .. context.request.path)
  end
  local element, refusal = find(context)
  if not element then return refusal end
  local sent, err = json.decode(context.request.body)
  if err or not json.is_object(sent) then return reply.fail(400, "The request body must be a JSON object") end
  return answer(context, element, { apiKey = sent.apiKey, apiSecret = sent.apiSecret, callbackUrl = sent.callbackUrl })
end

--- `GET /elements/{keyOrId}/oauth/token`.
function authorization.token(context)
  local element, refusal = find(context, "oauth1")
  if not element then return refusal end
  local asking
  asking, refusal = application(context, element, query(context))
  if not asking then return refusal end
  local token, secret = context.state.grants:add_token(element.key, asking.client, asking.callback)
  return reply.ok(json.object({ token = token, secret = secret }, { "token", "secret" }))
end

return authorization
