--- The `Authorization` header: comma-separated `Keyword value` pairs in any order (API documentation).
local auth = {}

local KEYWORDS = { User = true, Organization = true, Element = true }

--- Reads the header. Extra blanks around commas and values are tolerated.
---@param header? string
---@return table<string, string>? parts by keyword; nil when the header is missing or malformed
function auth.parse(header)
  if not header then return nil end
  local parts = {}
  for part in (header .. ","):gmatch("([^,]*),") do
    local keyword, value = part:match("^%s*(%a+)%s+(%S+)%s*$")
    if not KEYWORDS[keyword] or parts[keyword] then return nil end
    parts[keyword] = value
  end
  return parts
end

-- Which parts each family of calls needs (API documentation, observed).
local FAMILIES = {
  platform = { User = true, Organization = true },
  hub = { User = true, Element = true },
  token = { User = true, Organization = true, Element = true },
  any = { User = true },
}

--- Checks a request's credentials. A part that is not needed must still be right when it is sent.
---@param app { state: celements.sandbox.State, user_secret: string, organization_secret: string }
---@param family "platform"|"hub"|"token"|"any"
---@param header? string
---@return boolean allowed
---@return celements.sandbox.Instance? instance the one whose token was sent
function auth.check(app, family, header)
  local parts = auth.parse(header)
  if not parts then return false end
  for keyword in pairs(FAMILIES[family]) do
    if not parts[keyword] then return false end
  end
  if not parts.Organization and not parts.Element then return false end
  local instance = parts.Element and app.state.by_token[parts.Element]
  if parts.User ~= app.user_secret then return false end
  if parts.Organization and parts.Organization ~= app.organization_secret then return false end
  if parts.Element and not instance then return false end
  return true, instance or nil
end

return auth
