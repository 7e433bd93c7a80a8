--- Whether a request is the one of an earlier time, without keeping what stands in it.
--
-- Each part of a request, an entry of its configuration or another field, has a fingerprint of its own, so that an
-- error can name the parts that changed. The fingerprints are salted: equal values in two records do not look equal.

local core = require "celements.core"
local crypto = require "celements.crypto"
local parameters = require "celements.parameters"
local properties = require "celements.configuration.properties"

local fingerprint = {}

local PURPOSE = "provisioning by key"
local SALT = 16 -- bytes
local LENGTH = 16 -- bytes that are kept of a digest

-- Good for one provisioning only: codes of a provider's callback are new each time (API documentation).
local IGNORED = { providerData = true }

-- The same text for the same value, whatever the order of its keys.
local function canonical(value)
  if type(value) == "number" then return parameters.number(value) or tostring(value) end
  if type(value) ~= "table" then return core.encode(value) or tostring(value) end
  local parts, names = {}, {}
  for name in next, value do table.insert(names, name) end
  table.sort(names) -- all numbers or all texts: nothing else is JSON
  for _, name in ipairs(names) do
    table.insert(parts, canonical(name) .. ":" .. canonical(rawget(value, name)))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- Configuration values come back as strings, whatever was sent (API documentation).
local function canonical_entry(value)
  if type(value) == "boolean" then value = tostring(value) end
  if type(value) == "number" then value = parameters.number(value) or value end
  return canonical(value)
end

local function add_entries(parts, prefix, map)
  for key, value in next, map do parts[prefix .. tostring(key)] = canonical_entry(value) end
end

-- The parts by their names. An absent field, JSON null and an empty table are the same.
local function parts_of(request)
  local parts = {}
  for name, value in next, request do
    local is_table = type(value) == "table"
    if name == "configuration" and is_table then
      add_entries(parts, "configuration.", value)
    elseif name == "element" and is_table then
      for key, inner in next, value do
        if key == "configuration" and type(inner) == "table" then
          add_entries(parts, "element.configuration.", inner)
        else
          parts["element." .. tostring(key)] = canonical(inner)
        end
      end
    elseif not IGNORED[name] and value ~= core.null and not (is_table and next(value) == nil) then
      parts[name] = canonical(value)
    end
  end
  return parts
end

local function digest(hmac, salt, text)
  return crypto.hex(hmac.new(salt, "sha256"):final(text):sub(1, LENGTH))
end

--- Takes the fingerprints of a request.
---@param request table
---@return { salt: string, parts: table<string, string> }? prints nil without luaossl
---@return celements.Error?
function fingerprint.of(request)
  local hmac, err = crypto.load(PURPOSE, "hmac")
  local random
  if hmac then random, err = crypto.load(PURPOSE, "rand") end
  if not random then return nil, err end
  local salt = crypto.hex(random.bytes(SALT))
  local prints = { salt = salt, parts = {} }
  for name, text in pairs(parts_of(request)) do prints.parts[name] = digest(hmac, salt, text) end
  return prints
end

--- Names the parts in which a request differs from the one that the fingerprints were taken of.
---@param prints { salt: string, parts: table<string, string> }
---@param request table
---@return string[]? changed sorted, nil when it is the same request
function fingerprint.changed(prints, request)
  local hmac = assert(crypto.load(PURPOSE, "hmac"))
  local changed, now = {}, parts_of(request)
  for name in pairs(prints.parts) do
    if not now[name] then table.insert(changed, name) end
  end
  for name, text in pairs(now) do
    if prints.parts[name] ~= digest(hmac, prints.salt, text) then table.insert(changed, name) end
  end
  table.sort(changed)
  return changed[1] and changed or nil
end

local function text_of(value)
  if type(value) == "number" then return parameters.number(value) end
  return type(value) ~= "table" and tostring(value) or nil
end

--- Names the parts in which an instance visibly differs from a request. What the platform masks, leaves out or may
--- have rewritten is not judged.
---@param instance table
---@param request table
---@return string[]? changed sorted, nil when nothing visible differs
function fingerprint.differs(instance, request)
  local changed = {}
  local name = request.name
  if type(name) == "string" and not name:find("[<>]") and name:match("^%s*(.-)%s*$") ~= instance.name then
    table.insert(changed, "name")
  end
  local wanted = type(request.element) == "table" and request.element or {}
  local element = type(instance.element) == "table" and instance.element or {}
  for _, field in ipairs { "key", "id" } do
    local here, there = wanted[field], element[field]
    if here ~= nil and here ~= core.null and there ~= nil and text_of(here) ~= text_of(there) then
      table.insert(changed, "element." .. field)
    end
  end
  local shown = type(instance.configuration) == "table" and instance.configuration or {}
  for key, value in next, type(request.configuration) == "table" and request.configuration or {} do
    local here, there = text_of(value), shown[key]
    if here and type(there) == "string" and there ~= properties.MASK and here ~= there then
      table.insert(changed, "configuration." .. tostring(key))
    end
  end
  table.sort(changed)
  return changed[1] and changed or nil
end

return fingerprint
