--- The configuration properties common to all elements: what they are called here, what their text on the wire means,
--- and which of their values cannot be right (API documentation).
---
--- Case and blanks around a value are let through: nothing says that the platform minds them.

local properties = {}

--- Stands where the platform hides a secret: eight asterisks (observed).
properties.MASK = "********"

---@class celements.configuration.Property
---@field key string on the wire
---@field name string? what it is called here; a property without one keeps its key
---@field group "events"? the table that it stands in
---@field means "boolean"|"integer"|"text"|"url"|"vendor"|"json"|"list"
---@field separator string? of a list, as it is sent
---@field separators string? of a list, a pattern of all that may come back

---@type celements.configuration.Property[]
properties.list = {
  { key = "event.notification.enabled", group = "events", name = "enabled", means = "boolean" },
  { key = "event.vendor.type", group = "events", name = "vendor", means = "vendor" },
  { key = "event.notification.type", group = "events", name = "type", means = "text" },
  { key = "event.notification.callback.url", group = "events", name = "callback_url", means = "url" },
  { key = "event.notification.signature.key", group = "events", name = "signature_key", means = "text" },
  { key = "event.poller.refresh_interval", group = "events", name = "refresh_interval", means = "integer" },
  { key = "event.poller.configuration", group = "events", name = "poller", means = "json" },
  {
    key = "event.poller.urls", group = "events", name = "poller_urls", means = "list",
    separator = "|", separators = "|\r\n",
  },
  { key = "event.objects", group = "events", name = "objects", means = "list", separator = ",", separators = "," },
  { key = "filter.response.nulls", name = "filter_nulls", means = "boolean" },
  { key = "oauth.user.refresh_interval", means = "integer" },
  { key = "pagination.max", means = "integer" },
  { key = "pagination.page.startindex", means = "integer" },
}

local function word(value)
  local text = type(value) == "boolean" and tostring(value) or value
  return type(text) == "string" and text:lower():match("^%s*(.-)%s*$") or nil
end

local function one_of(...)
  local allowed = {}
  for _, name in ipairs({ ... }) do allowed[name] = true end
  return function(value)
    local text = word(value)
    return text ~= nil and allowed[text] == true
  end
end

-- Documented instances hold "false" as their callback URL, and a copy of one may send it back.
local function is_callback_url(value)
  local text = word(value)
  return text == "false" or text ~= nil and text:find("^https?://[^/]") ~= nil
end

local function is_interval(value)
  if type(value) == "number" then return value >= 1 and value % 1 == 0 end
  return type(value) == "string" and value:find("^%s*0*[1-9]%d*%s*$") ~= nil
end

local BOOLEAN = { accepts = one_of("true", "false"), reason = "must be true or false" }

local RULES = {
  ["event.notification.enabled"] = BOOLEAN,
  ["filter.response.nulls"] = BOOLEAN,
  -- The documentation writes "webhook" and "webhooks" about equally often.
  ["event.vendor.type"] = {
    accepts = one_of("polling", "webhook", "webhooks"), reason = "must be polling, webhook or webhooks",
  },
  ["event.notification.type"] = { accepts = one_of("webhook"), reason = "must be webhook" },
  ["event.notification.callback.url"] = { accepts = is_callback_url, reason = "must be an http or https URL" },
  ["event.poller.refresh_interval"] = { accepts = is_interval, reason = "must be a whole number of minutes from 1 on" },
}

--- Returns why a value that is neither null nor blank cannot be right for a property, or nil when it can, or when the
--- property is not one of the common ones.
---@param key any
---@param value any
---@return string?
function properties.fault(key, value)
  local rule = RULES[key]
  if rule and not rule.accepts(value) then return rule.reason end
end

return properties
