--- A request as the handlers see it.
local request = {}

--- The fixed prefix of every API path (API documentation).
request.PREFIX = "/elements/api-v2"

---@class celements.sandbox.Request
---@field method string
---@field path string below the fixed prefix, as it was sent
---@field query string the raw query, without the question mark
---@field segments string[] the path's segments, percent-decoded
---@field parameters { name: string, value: string }[] the query, decoded, in the order sent
---@field headers table<string, string> names in lower case
---@field body string
---@field content celements.sandbox.Content? the body, where it is not in memory; then `body` is empty
---@field form table<string, string>? the other fields of the form that held a file
---@field origin? string scheme, host and port that the caller used

--- Decodes what is percent-encoded.
---@param text string
---@return string
function request.decode(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end
local decode = request.decode

--- Percent-encodes a value of a query.
---@param text string
---@return string
function request.encode(text)
  return (text:gsub("[^%w._~-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

--- Reads a query: pairs separated by `&`, where `+` means a blank.
---@param query string
---@return { name: string, value: string }[]
function request.parameters(query)
  local list = {}
  for pair in query:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    list[#list + 1] = { name = decode((name:gsub("%+", " "))), value = decode((value:gsub("%+", " "))) }
  end
  return list
end

--- Makes a request.
---@param method string
---@param target string the request target as it was sent, with prefix and query
---@param headers? table<string, string>
---@param body? string
---@return celements.sandbox.Request
function request.new(method, target, headers, body)
  target = target:gsub("^https?://[^/?]*", "")
  local path, query = target:match("^([^?]*)%??(.*)$")
  local below = path:sub(1, #request.PREFIX) == request.PREFIX and path:sub(#request.PREFIX + 1)
  local outside = not below or not (below == "" or below:sub(1, 1) == "/")
  local segments = {}
  if not outside then
    for segment in below:gmatch("[^/]+") do segments[#segments + 1] = decode(segment) end
  end
  return {
    method = method,
    path = outside and path or below,
    query = query,
    segments = segments,
    parameters = request.parameters(query),
    headers = headers or {},
    body = body or "",
  }
end

--- Returns the first value of a query parameter.
---@param self celements.sandbox.Request
---@param name string
---@return string?
function request.parameter(self, name)
  for _, entry in ipairs(self.parameters) do
    if entry.name == name then return entry.value end
  end
end

--- Returns every value of a query parameter, in the order sent.
---@param self celements.sandbox.Request
---@param name string
---@return string[]
function request.all(self, name)
  local values = {}
  for _, entry in ipairs(self.parameters) do
    if entry.name == name then values[#values + 1] = entry.value end
  end
  return values
end

return request
