--- Switches: how the sandbox behaves where the real platform varies, or where nobody says what it does.
local switches = {}

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
  message_cursor = { one_of(true, false, "stuck"), true }, -- "stuck": always the same one
  message_page = { boolean, true }, -- whether the parameter `page` is known
  messages = { count, 0 }, -- every instance lists so many, which nobody sent
  empty_messages = { one_of("array", "not_found"), "array" },
  total_count = { one_of(true, false, "asked"), true }, -- "asked": with returnCount=true only
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
