--- Which entries of an element's configuration a request must supply, and which values they can have.
---
--- A refusal must never be wrong: what the platform, the account or the flow may supply is not asked for.

local wanted = {}

--- An entry as `GET /elements/{key}/configuration` gives it (API documentation).
---@class celements.ElementConfig
---@field id integer? the entry's number
---@field key string the name used in an instance's `configuration`
---@field name string? what people call it
---@field description string? for people, too
---@field type string? "TEXTFIELD_32", …, "TEXTAREA", "BOOLEAN", "PASSWORD"
---@field defaultValue string|userdata|nil what it is when it is left out; may be empty, or null
---@field required boolean? whether an instance needs it
---@field hideFromConsole boolean? true for what is not asked of people
---@field internal boolean? true for what the platform keeps to itself
---@field active boolean? false for what is out of use
---@field groupControl boolean? true where it chooses between others
---@field companyConfig boolean? true for what is set for all of an account
---@field resellerConfig boolean? true for what is set for all of a reseller's

-- What the application has of the provider; a proxy of the platform can hold it in its place (API documentation).
local CREDENTIALS = { ["oauth.api.key"] = true, ["oauth.api.secret"] = true }
local APPLICATION = { ["oauth.api.key"] = true, ["oauth.api.secret"] = true, ["oauth.callback.url"] = true }

local function is_null(value)
  return value == nil or type(value) == "userdata"
end

--- Whether an entry is the caller's to supply: neither out of use, nor kept by the platform, nor set for all of an
--- account or of a reseller's.
---@param entry celements.ElementConfig
---@return boolean
function wanted.is_callers(entry)
  local key = entry.key
  return type(key) == "string" and entry.active ~= false and entry.internal ~= true and entry.hideFromConsole ~= true
    and entry.companyConfig ~= true and entry.resellerConfig ~= true
    and not (key:find("^event%.") or key:find("^bulk%.") or key:find("^oauth%.user%."))
end

-- Whether an entry has a default, be it an empty one.
local function has_default(entry)
  return not is_null(entry.defaultValue)
end

-- With a choice of how to authenticate, what is required depends on the choice.
local function offers_choice(entries)
  for _, entry in ipairs(entries) do
    if entry.groupControl == true or entry.key == "authentication.type" then return true end
  end
  return false
end

-- What the provider's callback brought may stand for more than the documentation says; tokens obtained elsewhere need
-- no callback (API documentation).
local function is_needed(key, request)
  local external = request.externalAuthentication
  local is_oauth = key:find("^oauth%.") ~= nil
  if not is_null(request.oauthProxy) and is_oauth then return false end
  if not is_null(request.providerData) and not APPLICATION[key] then return false end
  if is_null(external) or external == "none" then return true end
  return external == "initial" and (not is_oauth or CREDENTIALS[key] == true)
end

--- The keys that the request must supply: required ones without a default.
---@param entries celements.ElementConfig[]
---@param request table the body of `POST /instances`
---@return string[] keys in the order of the entries
function wanted.keys(entries, request)
  local keys = {}
  if offers_choice(entries) then return keys end
  for _, entry in ipairs(entries) do
    if entry.required == true and wanted.is_callers(entry) and not has_default(entry)
      and is_needed(entry.key, request) then
      table.insert(keys, entry.key)
    end
  end
  return keys
end

-- Characters, not bytes; continuation bytes of UTF-8 are none.
local function length(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

local function is_boolean(value)
  if type(value) == "boolean" then return true end
  local word = type(value) == "string" and value:lower():match("^%s*(.-)%s*$")
  return word == "true" or word == "false"
end

--- Why a value that is neither null nor blank cannot be one of the entry, or nil when it can.
---@param entry celements.ElementConfig
---@param value any
---@return string?
function wanted.fault(entry, value)
  local kind = type(entry.type) == "string" and entry.type or ""
  if kind == "BOOLEAN" then return not is_boolean(value) and "must be true or false" or nil end
  local limit = tonumber(kind:match("^TEXTFIELD_(%d+)$"))
  if limit and type(value) == "string" and length(value) > limit then
    return ("is longer than %d characters"):format(limit)
  end
end

return wanted
