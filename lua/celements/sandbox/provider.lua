--- The make-believe provider: a page on which a customer allows an application in, or refuses it. Pure, like the API.
local elements = require "celements.sandbox.elements"
local request = require "celements.sandbox.request"

local provider = {}

local PAGE = [[
<!DOCTYPE html>
<html><head><title>%s</title></head><body>
<h1>%s</h1>
<p>The application <b>%s</b> asks for access%s.</p>
<form method="post">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
</body></html>
]]

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

local function escape(text)
  return (text:gsub("[&<>\"']", ENTITIES))
end

local function html(status, body)
  return { status = status, headers = { ["Content-Type"] = "text/html; charset=UTF-8" }, body = body }
end

local function wrong(message)
  return html(400, ("<!DOCTYPE html>\n<title>Error</title><p>%s</p>\n"):format(escape(message)))
end

local function redirect(callback, fields)
  local parts = {}
  for _, field in ipairs(fields) do
    if field[2] then parts[#parts + 1] = field[1] .. "=" .. request.encode(field[2]) end
  end
  local address = callback:match("^[^#]*")
  local joint = address:find("?", 1, true) and "&" or "?"
  return { status = 302, headers = { Location = address .. joint .. table.concat(parts, "&") }, body = "" }
end

-- Who asks, and where the customer goes back to.
local function read(state, element, req)
  local token = request.parameter(req, "oauth_token")
  if element.oauth == "oauth1" then
    local grant = token and state.grants.tokens[token]
    if not grant or grant.element ~= element.key then return nil, "The request token is unknown." end
    if grant.used then return nil, "The request token was used before." end
    return { client = grant.client, callback = grant.callback, token = token }
  end
  local asking = { client = request.parameter(req, "client_id"), callback = request.parameter(req, "redirect_uri") }
  if not asking.client or asking.client == "" then return nil, "client_id is missing." end
  if not (asking.callback or ""):find("^https?://[^/]") then
    return nil, "redirect_uri must be an http or https URL."
  end
  if request.parameter(req, "response_type") ~= "code" then return nil, "response_type must be code." end
  return asking
end

local function decide(state, element, req, asking)
  local decision
  for _, entry in ipairs(request.parameters(req.body)) do
    if entry.name == "decision" then decision = entry.value end
  end
  local own = request.parameter(req, "state")
  if decision == "deny" then
    return redirect(asking.callback, {
      { "error", "access_denied" }, { "error_description", "The customer refused" }, { "state", own },
    })
  elseif decision ~= "allow" then
    return wrong("decision must be allow or deny.")
  elseif asking.token then
    return redirect(asking.callback, {
      { "oauth_token", asking.token }, { "oauth_verifier", state.grants:allow(asking.token) }, { "state", own },
    })
  end
  local code = state.grants:add_code(element.key, asking.client, asking.callback)
  return redirect(asking.callback, { { "code", code }, { "state", own } })
end

--- Answers a browser, or curl with `-d decision=allow`.
---@param state celements.sandbox.State
---@param req celements.sandbox.Request
---@return celements.sandbox.Response
function provider.handle(state, req)
  local key = req.path:match("^/provider/([^/]+)/authorize$")
  local element = key and elements.find(request.decode(key))
  if not element or not element.oauth then return html(404, "<!DOCTYPE html>\n<title>Not found</title>\n") end
  local asking, err = read(state, element, req)
  if not asking then return wrong(err) end
  if req.method == "POST" then return decide(state, element, req, asking) end
  if req.method ~= "GET" and req.method ~= "HEAD" then return html(405, "") end
  local scope = request.parameter(req, "scope")
  local name = escape(element.object.name)
  return html(200, PAGE:format(name, name, escape(asking.client), scope and " to " .. escape(scope) or ""))
end

return provider
