--- Switches: how the sandbox behaves where the real platform varies, or where nobody says what it does.
local switches = {}

--- What `sandbox.start` takes as `switches`, and `configure` changes. Every one can be left out.
---@class celements.SandboxSwitches
---@field empty_list "not_found"|"array"|nil how a list of instances that is empty is answered: 404, or `200 []`
---@field empty_messages "array"|"not_found"|nil likewise for messages
---@field empty_body "none"|"object"|nil what success has for a body where there is nothing to say: none, or `{}`
---@field tags "strings"|"objects"|"absent"|nil an instance's tags: names, `{ id, name }`, or left out by POST and PUT
---@field generation "newer"|"classic"|nil the fields of an instance: all, or those of the MailJet page alone
---@field message_delay number? seconds until a message that was sent can be read; default 0
---@field message_id "number"|"string"|"long"|nil ids of messages: short numbers, or 19 digits as text or as a number
---@field message_cursor boolean|"stuck"|nil whether pages of messages have a cursor; "stuck" for the same one for ever
---@field message_page boolean? whether the parameter `page` is known there; default true
---@field messages integer? how many made-up messages every instance lists; default 0
---@field total_count boolean|"asked"|nil whether pages say how many items there are; "asked" with returnCount=true only
---@field usage_shape "snake"|"camel"|nil the fields of an entry of `/usage`, as observed or as documented
---@field usage_delay number? seconds until a call is in `/usage`; default 0
---@field list_delay number? seconds until a new instance is in a list; default 0
---@field create_by_element_id boolean? whether a creation may name its element by number; default true
---@field open_catalogue boolean? whether the catalogue can be read without authorisation; default false
---@field oauth_url_post boolean? whether `/elements/{key}/oauth/url` takes a POST; default true
---@field latency number? seconds that every answer takes longer; default 0
---@field crowd integer? how many made-up instances a list without filters has behind the real ones; default 0
---@field notification_pace number? the share, 0 to 1, of the waits before a notification is sent again; default 1
---@field notification_policy "retry"|"queue"|nil what becomes of a notification that was not taken
---@field notify_anywhere boolean? whether notifications may leave this machine; default false
---@field next_id integer|string|nil the id of the next instance
---@field next_token string? its token

local function one_of(...)
  local allowed, names = { ... }, {}
  for index, value in ipairs(allowed) do names[index] = tostring(value) end
  return function(value)
    for _, each in ipairs(allowed) do
      if value == each then return value end
    end
    return nil, "one of " .. table.concat(names, ", ")
  end
end

local function boolean(value)
  if type(value) == "boolean" then return value end
  return nil, "true or false"
end

local function seconds(value)
  if type(value) == "number" and value >= 0 and value <= 3600 then return value end
  return nil, "seconds from 0 to 3600"
end

local function share(value)
  if type(value) == "number" and value >= 0 and value <= 1 then return value end
  return nil, "a number from 0 to 1"
end

local function digits(value)
  if type(value) == "number" and value % 1 == 0 and value > 0 and value < 1e15 then
    return ("%.0f"):format(value)
  end
  if type(value) == "string" and value:find("^[1-9]%d*$") and #value <= 19 then return value end
  return nil, "a positive integer, as a number or a string of at most 19 digits"
end

local function token(value)
  if type(value) == "string" and value:find("^[^%s,%c]+$") then return value end
  return nil, "a string without blanks and commas"
end

local function count(value)
  if type(value) == "number" and value % 1 == 0 and value >= 0 and value <= 1e9 then return value end
  return nil, "an integer from 0 to 1000000000"
end

-- name = { check, default }
local KNOWN = {
  empty_list = { one_of("not_found", "array"), "not_found" },
  empty_body = { one_of("none", "object"), "none" },
  tags = { one_of("strings", "objects", "absent"), "strings" },
  generation = { one_of("newer", "classic"), "newer" },
  message_delay = { seconds, 0 },
  message_id = { one_of("number", "string", "long"), "number" },
  message_cursor = { one_of(true, false, "stuck"), true },
  message_page = { boolean, true },
  messages = { count, 0 },
  empty_messages = { one_of("array", "not_found"), "array" },
  total_count = { one_of(true, false, "asked"), true },
  usage_shape = { one_of("snake", "camel"), "snake" },
  usage_delay = { seconds, 0 },
  create_by_element_id = { boolean, true },
  open_catalogue = { boolean, false },
  oauth_url_post = { boolean, true },
  latency = { seconds, 0 },
  crowd = { count, 0 },
  notification_pace = { share, 1 },
  notification_policy = { one_of("retry", "queue"), "retry" },
  notify_anywhere = { boolean, false },
  list_delay = { seconds, 0 },
  next_id = { digits, nil },
  next_token = { token, nil },
}

--- Returns the default value of every switch.
---@return table
function switches.defaults()
  local values = {}
  for name, entry in pairs(KNOWN) do values[name] = entry[2] end
  return values
end

--- Checks settings.
---@param settings table switch name to value
---@return table? checked nil when one is unknown or has a wrong value
---@return string? err
function switches.check(settings)
  local checked = {}
  for name, value in pairs(settings) do
    if not KNOWN[name] then return nil, ("unknown switch %q"):format(tostring(name)) end
    local result, expected = KNOWN[name][1](value)
    if result == nil then return nil, ("switch %s must be %s"):format(name, expected) end
    checked[name] = result
  end
  return checked
end

return switches
