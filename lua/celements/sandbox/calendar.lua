--- Dates as the API writes them, in UTC.
local calendar = {}

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

--- Reads an ISO 8601 date, with a time or without. Only UTC is understood.
---@param text string
---@return number? seconds since 1970
function calendar.read(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year or tonumber(month) < 1 or tonumber(month) > 12 then return nil end
  local seconds = days(tonumber(year), tonumber(month), tonumber(day)) * 24 * 3600
  if rest == "" then return seconds end
  local hour, minute, second = rest:match("^T(%d%d):(%d%d):(%d%d%.?%d*)Z?$")
  return hour and seconds + hour * 3600 + minute * 60 + tonumber(second) or nil
end

return calendar
