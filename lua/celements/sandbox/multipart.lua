--- Finds the parts of a multipart form (RFC 7578) without holding it in memory.
local multipart = {}

local BLOCK = 65536
local MAX_HEAD = 16384

--- The boundary that a Content-Type names.
---@param header string?
---@return string? boundary nil for what is no form
function multipart.boundary(header)
  local kind, parameters = (header or ""):match("^%s*([^;%s]*)%s*(.*)$")
  if kind:lower() ~= "multipart/form-data" then return nil end
  return parameters:match('[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]="([^"]+)"') or
    parameters:match("[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]=([^;%s]+)")
end

-- Where a text begins, from an offset on.
local function find(content, from, text)
  local at, carried = from, ""
  while at < content.size do
    local block = carried .. content:read(at, BLOCK)
    local found = block:find(text, 1, true)
    if found then return at - #carried + found - 1 end
    at = at + #block - #carried
    carried = block:sub(-(#text - 1))
  end
end

local function parse_head(text)
  local headers = {}
  for line in text:gmatch("[^\r\n]+") do
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if not name then return nil end
    headers[name:lower()] = value
  end
  local disposition = headers["content-disposition"] or ""
  return disposition:match('[;%s]name="([^"]*)"'), disposition:match('filename="([^"]*)"'), headers["content-type"]
end

---@class celements.sandbox.Part
---@field name string
---@field file string? its file name
---@field type string?
---@field offset integer
---@field length integer

--- Lists the parts of a form.
---@param content celements.sandbox.Content
---@param boundary string
---@return celements.sandbox.Part[]? parts
---@return string? err
function multipart.parse(content, boundary)
  local delimiter = "\r\n--" .. boundary
  if content:read(0, #delimiter - 2) ~= delimiter:sub(3) then
    return nil, "the form does not begin with its boundary"
  end
  local at, parts = #delimiter - 2, {}
  while content:read(at, 2) ~= "--" do
    local head = content:read(at, MAX_HEAD):match("^\r\n(.-\r\n)\r\n")
    local name, file, kind
    if head then name, file, kind = parse_head(head) end
    if not name then return nil, "a part of the form has no name" end
    local first = at + 2 + #head + 2
    local last = find(content, first, delimiter)
    if not last then return nil, "the form does not end with its boundary" end
    table.insert(parts, { name = name, file = file, type = kind, offset = first, length = last - first })
    at = last + #delimiter
  end
  return parts
end

return multipart
