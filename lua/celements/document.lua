--- Instance documents: JSON files that hold the body of a creation.

local core = require "celements.core"
local errors = require "celements.errors"

local document = {}

local function fail(path, text)
  return nil, errors.new { kind = "configuration", message = ("%s: %s"):format(path, text) }
end

--- Reads an `instance.json` into a request for `instances:create`.
---@param path string
---@return table? request
---@return celements.Error? err of kind "configuration"
function document.load_instance(path)
  if type(path) ~= "string" then
    error("celements.load_instance: path must be a string, not a " .. type(path), 2)
  end
  local file, why = io.open(path, "rb")
  if not file then return nil, errors.new { kind = "configuration", message = why } end
  local text, unreadable = file:read("*a")
  file:close()
  if not text then return fail(path, unreadable or "cannot be read") end
  local request, malformed = core.decode(text)
  if request == nil then return fail(path, "is not JSON: " .. malformed) end
  if type(request) ~= "table" or getmetatable(request) == core.array_mt then
    return fail(path, "must hold one JSON object: { \"element\": …, \"configuration\": …, \"name\": … }")
  end
  return request
end

return document
