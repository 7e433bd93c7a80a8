--- A request for `instances:create` to be filled in.

local catalogue = require "celements.catalogue"
local errors = require "celements.errors"
local options = require "celements.options"
local request = require "celements.request"
local wanted = require "celements.configuration.wanted"

local template = {}

--- Options of `elements:template`.
---@class celements.TemplateOptions: celements.CallOptions
---@field from "live"|"catalogue"|nil the element as the platform has it, by default, or the built-in catalogue: what
--- the vendor's public pages tell, and nothing is sent
---@field flow "external"|"proxy"|nil for an OAuth element: with tokens obtained elsewhere, or an OAuth proxy

local known = request.options_with { from = "string", flow = "string" }
local CHOICES = { from = { live = true, catalogue = true }, flow = { external = true, proxy = true } }

-- In the order of the documented requests.
local APPLICATION = { "oauth.api.key", "oauth.api.secret", "oauth.callback.url" }

-- What the customer's way through the provider brings, and tokens obtained elsewhere (API documentation).
local CALLBACK = { oauth1 = { "oauth_token", "oauth_verifier", "secret" }, oauth2 = { "code" } }
local TOKENS = { oauth1 = { "oauth.user.token", "oauth.user.token.secret" }, oauth2 = { "oauth.user.refresh_token" } }

local function placeholder(name)
  return ("<INSERT_%s>"):format((name:upper():gsub("[^%w]+", "_")))
end

local function is_blank(value)
  return type(value) ~= "string" or not value:find("%S")
end

-- A list of entries as { key = what stands in the template }.
local function fill(entries)
  local filled, withheld = {}, {}
  for _, entry in ipairs(entries) do
    if not wanted.is_callers(entry) then
      withheld[entry.key] = true
    elseif not is_blank(entry.defaultValue) then
      filled[entry.key] = entry.defaultValue
    elseif entry.required == true then
      filled[entry.key] = placeholder(entry.key)
    end
  end
  return filled, withheld
end

local function build(element, flow)
  local filled, withheld = fill(element.entries)
  local made = { element = { key = element.key }, name = "<INSERT_INSTANCE_NAME>", configuration = filled }
  local kind = element.auth
  if not CALLBACK[kind] then return made end
  for _, key in ipairs(APPLICATION) do
    if not withheld[key] then filled[key] = filled[key] or placeholder(key) end
  end
  if flow == "external" then
    made.externalAuthentication = "initial"
    filled["oauth.callback.url"] = nil
    for _, key in ipairs(TOKENS[kind]) do filled[key] = placeholder(key) end
    return made
  end
  if flow == "proxy" then
    made.oauthProxy = { isOauthProxy = true, oauthProxyName = "<INSERT_OAUTH_PROXY_NAME>" }
    for _, key in ipairs(APPLICATION) do filled[key] = nil end
  end
  made.providerData = {}
  for _, name in ipairs(CALLBACK[kind]) do made.providerData[name] = placeholder(name) end
  return made
end

local DEFAULTS = { ["defaults to true"] = "true", ["literal default true"] = "true",
  ["literal default false"] = "false", ["default false"] = "false" }

local function in_catalogue(key)
  return catalogue.get(key) or catalogue.by_id(key)
end

local function from_catalogue(key)
  local found = in_catalogue(key)
  if not found then
    return nil, errors.new {
      kind = "not_found", message = "the built-in catalogue does not have the element",
      hint = "ask the platform: elements:template(key)",
    }
  end
  local entries = {}
  for index, entry in ipairs(found.entries) do
    entries[index] = { key = entry.key, required = entry.required == "yes", defaultValue = DEFAULTS[entry.note] }
  end
  return { key = found.key, auth = found.auth, entries = entries }
end

-- Elements whose authentication is not described say at least whether it is OAuth (API documentation).
local function auth_of(element)
  local authentication = element.authentication
  local kind = type(authentication) == "table" and authentication.type
  if type(kind) == "string" and kind:lower():find("^oauth") then return kind:lower() end
  return element.typeOauth == true and "oauth2" or kind
end

local function from_platform(elements, key, given)
  local element, info = elements:get(key, given)
  local entries
  if element then entries, info = elements:configuration(key, given) end
  if not entries then
    if in_catalogue(key) then
      info.hint = (info.hint and info.hint .. "; " or "") .. "the built-in catalogue may do: { from = \"catalogue\" }"
    end
    return nil, info
  end
  local own = type(element.key) == "string" and element.key or key
  return { key = own, auth = auth_of(element), entries = entries }, info
end

--- Makes a template. Raises for options that cannot be right.
---@param elements celements.Elements
---@param where string
---@param key string|integer
---@param given celements.TemplateOptions?
---@param level integer
---@return table? template
---@return celements.Info|celements.Error|nil
function template.make(elements, where, key, given, level)
  given = options.check(where, given, known, level + 1)
  for name, choices in pairs(CHOICES) do
    if given[name] and not choices[given[name]] then
      local words = name == "from" and "'live' or 'catalogue'" or "'external' or 'proxy'"
      error(("%s: option '%s' must be %s"):format(where, name, words), level + 1)
    end
  end
  request.path(where, "%s", "key", key, level + 1)
  local element, info
  if given.from == "catalogue" then
    element, info = from_catalogue(key)
  else
    element, info = from_platform(elements, key, request.call_options(given))
  end
  if not element then return nil, info end
  if given.flow and not CALLBACK[element.auth] then
    return nil, errors.new {
      kind = "configuration", message = "the element does not use OAuth", hint = "leave out option 'flow'",
    }
  end
  return build(element, given.flow), info
end

return template
