--- What the make-believe provider remembers: applications, codes, request tokens. Each grant is good for one exchange.
local random = require "celements.sandbox.random"
local reply = require "celements.sandbox.reply"

local grants = {}
grants.__index = grants

---@class celements.sandbox.Grant
---@field element string
---@field client string the application's key at the provider, or what stands for a proxy's
---@field callback string
---@field secret? string OAuth 1: the request token's
---@field verifier? string OAuth 1: once the customer has allowed it
---@field used boolean

---@return celements.sandbox.Grants
function grants.new()
  return setmetatable({ codes = {}, tokens = {}, secrets = {} }, grants)
end

--- Returns what stands for a proxy in the place of an application's key.
---@param name any
---@return string
function grants.proxy(name)
  return "proxy " .. tostring(name)
end

--- Remembers the secret that an application showed.
---@param element string
---@param client string
---@param secret string
function grants:register(element, client, secret)
  self.secrets[element .. " " .. client] = secret
end

--- Makes a code for a customer who allowed an application in.
---@param element string
---@param client string
---@param callback string
---@return string code
function grants:add_code(element, client, callback)
  local code = random.hex(40)
  self.codes[code] = { element = element, client = client, callback = callback, used = false }
  return code
end

--- Makes a request token.
---@param element string
---@param client string
---@param callback string
---@return string token
---@return string secret
function grants:add_token(element, client, callback)
  local token, secret = random.hex(32), random.hex(40)
  self.tokens[token] = { element = element, client = client, callback = callback, secret = secret, used = false }
  return token, secret
end

--- Lets a request token be exchanged: its customer has allowed it.
---@param token string
---@return string verifier
function grants:allow(token)
  local grant = self.tokens[token]
  grant.verifier = random.hex(20)
  return grant.verifier
end

local function missing(data, names)
  local list = {}
  for _, name in ipairs(names) do
    if type(data[name]) ~= "string" or data[name] == "" then list[#list + 1] = name end
  end
  if #list > 0 then return reply.fail(400, "Missing required provider data: " .. table.concat(list, ", ")) end
end

local function refused(key, why)
  return reply.fail(401, "The provider refused the request", ("%s: invalid_grant, %s"):format(key, why))
end

local function is_for(self, grant, element, values, proxy)
  local client = proxy and grants.proxy(proxy.oauthProxyName) or values["oauth.api.key"]
  local secret = self.secrets[element.key .. " " .. tostring(client)]
  if grant.element ~= element.key or grant.client ~= client then return false end
  return proxy ~= nil or grant.callback == values["oauth.callback.url"]
    and (secret == nil or secret == values["oauth.api.secret"])
end

--- Exchanges what a callback brought, as the provider would. Returns why it refuses, or nil.
---@param element celements.sandbox.Element
---@param values table<string, any> the instance's configuration
---@param sent table the request
---@return celements.sandbox.Reply?
function grants:exchange(element, values, sent)
  if not element.oauth or sent.externalAuthentication == "initial" then return nil end
  local data, proxy = sent.providerData or {}, sent.oauthProxy
  proxy = type(proxy) == "table" and proxy.isOauthProxy == true and proxy or nil
  local is_first = element.oauth == "oauth1"
  local refusal = missing(data, is_first and { "oauth_token", "oauth_verifier", "secret" } or { "code" })
  if refusal then return refusal end
  local grant = is_first and self.tokens[data.oauth_token] or not is_first and self.codes[data.code]
  if not grant then return refused(element.key, "it is unknown") end
  if grant.used then return refused(element.key, "it was used before") end
  if not is_for(self, grant, element, values, proxy) then return refused(element.key, "it is another application's") end
  if is_first and (grant.verifier ~= data.oauth_verifier or grant.secret ~= data.secret) then
    return refused(element.key, "the verifier or the secret is wrong")
  end
  grant.used = true
end

return grants
