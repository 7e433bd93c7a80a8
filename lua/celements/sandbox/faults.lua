--- Faults: what can be armed, and which one a request meets.
local json = require "celements.sandbox.json"
local random = require "celements.sandbox.random"

local faults = {}
faults.__index = faults

local function number(low, high)
  return function(value)
    if type(value) == "number" and value >= low and value <= high then return value end
    return nil, ("a number from %g to %g"):format(low, high)
  end
end

local function integer(low, high)
  return function(value)
    if type(value) == "number" and value % 1 == 0 and value >= low and value <= high then return value end
    return nil, ("an integer from %d to %d"):format(low, high)
  end
end

local function text(value)
  if type(value) == "string" then return value end
  return nil, "a string"
end

local function boolean(value)
  if type(value) == "boolean" then return value end
  return nil, "true or false"
end

local function text_or_json(value)
  if type(value) == "table" then return json.encode(value) end
  return text(value)
end

local function text_or_number(value)
  if type(value) == "number" then return json.number(value) end
  if type(value) == "string" then return value end
  return nil, "seconds or an HTTP date"
end

local function strings(value)
  if type(value) ~= "table" then return nil, "an object of strings" end
  local copy = {}
  for name, entry in pairs(value) do
    if type(name) ~= "string" or type(entry) ~= "string" then return nil, "an object of strings" end
    copy[name] = entry
  end
  return copy
end

local function before_or_after(value)
  if value == "before" or value == "after" then return value end
  return nil, "before or after"
end

local SECONDS = number(0, 3600)

-- name = { parameter = { check, default } }. REQUIRED stands for a parameter that has no default.
-- `work` says whether the request takes effect although its answer is replaced.
local REQUIRED = {}
local KNOWN = {
  delay = { seconds = { SECONDS, REQUIRED }, when = { before_or_after, "before" } },
  close_before = {},
  close_after = {},
  reset = { work = { boolean, false } },
  status = {
    status = { integer(200, 599), REQUIRED }, body = { text_or_json }, headers = { strings },
    work = { boolean, false },
  },
  truncated = { bytes = { integer(0, 1e9) } },
  truncated_chunked = { bytes = { integer(0, 1e9) } },
  invalid_json = { body = { text } },
  content_type = { value = { text, "text/html" } },
  html = { body = { text }, status = { integer(200, 599), 200 }, work = { boolean, false } },
  rate_limited = { retry_after = { text_or_number, "1" } },
  drip = { bytes = { integer(1, 1e6), 16 }, pause = { SECONDS, 0.05 } },
  huge = { bytes = { integer(1, 1e10), 64 * 1024 * 1024 } },
  empty = { work = { boolean, false } },
}

local COMMON = { name = true, times = true, match = true, chance = true }

local function check_match(match)
  if match == nil then return {} end
  if type(match) ~= "table" then return nil, "match must be an object" end
  for key, value in pairs(match) do
    if key ~= "method" and key ~= "path" then return nil, ("unknown match %q"):format(tostring(key)) end
    if type(value) ~= "string" then return nil, ("match.%s must be a string"):format(key) end
  end
  if match.path and not pcall(string.find, "", match.path) then return nil, "match.path is not a Lua pattern" end
  return { method = match.method, path = match.path }
end

--- Checks a fault and fills in its defaults.
---@param spec table `name`, `times`, `match`, `chance` and the fault's own parameters
---@return table? fault
---@return string? err names the unknown or wrong parameter
function faults.check(spec)
  local parameters = KNOWN[spec.name]
  if not parameters then return nil, ("unknown fault %q"):format(tostring(spec.name)) end
  for key in pairs(spec) do
    if not COMMON[key] and not parameters[key] then
      return nil, ("unknown parameter %q of fault %s"):format(tostring(key), spec.name)
    end
  end
  local times, wrong = integer(1, 1e9)(spec.times or 1)
  if not times then return nil, "times must be " .. wrong end
  local match, err = check_match(spec.match)
  if not match then return nil, err end
  local fault = { name = spec.name, times = times, match = match, chance = spec.chance }
  if fault.chance ~= nil then
    fault.chance, wrong = number(0, 1)(fault.chance)
    if not fault.chance then return nil, "chance must be " .. wrong end
  end
  for key, entry in pairs(parameters) do
    local value = spec[key]
    if value == nil then
      if entry[2] == REQUIRED then return nil, ("fault %s needs %s"):format(spec.name, key) end
      fault[key] = entry[2]
    else
      local checked, expected = entry[1](value)
      if checked == nil then return nil, ("%s of fault %s must be %s"):format(key, spec.name, expected) end
      fault[key] = checked
    end
  end
  return fault
end

--- Makes an empty list of armed faults.
---@param dice? fun(): number from 0 up to 1
function faults.new(dice)
  return setmetatable({ armed = {}, dice = dice or function() return random.integer(0, 65535) / 65536 end }, faults)
end

--- Arms a fault behind those that are armed already.
---@param spec table
---@return table? fault
---@return string? err
function faults:arm(spec)
  local fault, err = faults.check(spec)
  if fault then self.armed[#self.armed + 1] = fault end
  return fault, err
end

--- Takes the first armed fault that matches a request and, with a `chance`, happens to hit it. Counts it.
---@param method string
---@param path string below the API's prefix
---@return table? fault
function faults:take(method, path)
  for index, fault in ipairs(self.armed) do
    local match = fault.match
    local fits = (not match.method or match.method == method) and (not match.path or path:find(match.path))
    if fits and (not fault.chance or self.dice() < fault.chance) then
      fault.times = fault.times - 1
      if fault.times == 0 then table.remove(self.armed, index) end
      return fault
    end
  end
end

--- Disarms everything.
function faults:clear()
  self.armed = {}
end

return faults
