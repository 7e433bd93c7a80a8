--- Dates as the API writes them, in UTC.
local calendar = {}

--- What is counted together, in seconds.
calendar.INTERVALS = { minute = 60, hour = 3600, day = 86400, week = 604800 }

--- Writes seconds since 1970 as ISO 8601, whole seconds (API documentation).
---@param seconds number
---@return string
function calendar.write(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(seconds)) --[[@as string]]
end

-- Days from 1970-01-01, in the Gregorian calendar.
local function days(year, month, day)
  if month < 3 then year, month = year - 1, month + 12 end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * month - 457) / 5) + day - 719469
end

--- Reads an ISO 8601 date, with a time of day or without. Only UTC is understood; fractions of a second are dropped.
---@param text string
---@return integer? seconds since 1970
function calendar.read(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year then return nil end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  local hour, minute, second, zone = rest:match("^T(%d%d):(%d%d):(%d%d)(.*)$")
  if rest == "" then hour, minute, second, zone = 0, 0, 0, "" end
  if not hour or not (zone:gsub("^%.%d+", "")):find("^Z?$") then return nil end
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if month < 1 or month > 12 or day < 1 or day > 31 or hour > 23 or minute > 59 or second > 59 then return nil end
  return days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
end

return calendar
