--- The name of a file, out of the header that came with it (RFC 6266).

local parameters = require "celements.parameters"

local disposition = {}

-- The value of a parameter, quoted or not.
local function parameter(header, name)
  local _, at = header:lower():find(";%s*" .. name .. "%s*=%s*")
  if not at then return nil end
  local quoted = header:match('^"(.*)', at + 1)
  if not quoted then return (header:match("^[^;%s]+", at + 1)) end
  local text, escaped = {}, false
  for character in quoted:gmatch(".") do
    if not escaped and character == '"' then break end
    escaped = not escaped and character == "\\"
    if not escaped then table.insert(text, character) end
  end
  return table.concat(text)
end

-- Only the last part of a path, so that a server cannot choose a folder.
local function sanitise(name)
  name = name:gsub("%c", ""):match("[^/\\]*$")
  if name == "" or name == "." or name == ".." then return nil end
  return name
end

--- The name that a `Content-Disposition` header gives to a file: without a folder or control characters, nil when
--- nothing is left.
---@param header string?
---@return string? name UTF-8 where the header says so, otherwise as it came
function disposition.name(header)
  if not header then return nil end
  local extended = parameter(header, "filename%*")
  local text = extended and extended:match("^[Uu][Tt][Ff]%-8'[^']*'(.*)$")
  local name = text and parameters.unescape(text) or parameter(header, "filename")
  return name and sanitise(name)
end

return disposition
