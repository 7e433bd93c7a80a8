--- Clients of a sandbox, what they send, and what their errors must not say.
local celements = require "celements"

local caller = {}

--- Makes a client of a running sandbox, over http.
---@param server celements.Sandbox
---@param changes table? options; `tls = true` for https
---@return celements.Client
function caller.client(server, changes)
  local given = {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
  }
  for name, value in pairs(changes or {}) do given[name] = value end
  if given.tls then given.base_url, given.ca_file = server.base_url_tls, server.ca_file end
  given.tls = nil
  return celements.new(given)
end

--- Returns a request that makes a MailJet instance.
function caller.mailjet(changes)
  local body = {
    element = { key = "mailjet" },
    configuration = { ["mailjet.api.key"] = "key-3b7f0c5e", ["mailjet.api.secret"] = "secret-c9e1a4d7" },
    tags = { "newsletter" },
    name = "Newsletter sender",
  }
  for name, value in pairs(changes or {}) do body[name] = value end
  return body
end

--- Makes a session of an instance that has files.
---@param client celements.Client
---@return celements.Session
function caller.documents(client)
  local instance = assert(client.instances:create {
    element = { key = "box" },
    externalAuthentication = "initial",
    configuration = {
      ["oauth.api.key"] = "key-3b7f0c5e", ["oauth.api.secret"] = "secret-c9e1a4d7",
      ["oauth.user.refresh_token"] = "token-1f2e3d4c",
    },
    name = "Documents",
  })
  return client:with_token(instance.token)
end

--- Returns the requests that reached the sandbox's API, all or those of one method.
function caller.arrived(server, method)
  local list = {}
  for _, entry in ipairs(assert(server:journal())) do
    if not method or entry.method == method then table.insert(list, entry) end
  end
  return list
end

--- Returns the last of these requests.
function caller.last(server, method)
  local arrived = caller.arrived(server, method)
  return arrived[#arrived]
end

local function collect(value, found, seen)
  if type(value) == "string" then table.insert(found, value) end
  if type(value) ~= "table" or seen[value] then return end
  seen[value] = true
  for key, inner in pairs(value) do
    collect(key, found, seen)
    collect(inner, found, seen)
  end
end

--- Returns where a text stands in a value: its tostring, or any string in its fields, however deep; nil for nowhere.
---@param value any
---@param text string
---@return string?
function caller.find(value, text)
  local found = { tostring(value) }
  collect(value, found, {})
  for _, candidate in ipairs(found) do
    if candidate:find(text, 1, true) then return candidate end
  end
end

--- Calls a function that must raise, and returns the message after checking that it blames a line of that function.
---@param misuse fun()
---@return string message without its position
function caller.blamed(misuse)
  local ok, message = pcall(misuse)
  assert(not ok, "nothing was raised")
  assert(type(message) == "string", "what was raised is no text: " .. tostring(message))
  local file, line, text = message:match("^(.-):(%d+): (.*)$")
  local here = debug.getinfo(misuse, "S")
  assert(file == here.short_src, "blames another file: " .. message)
  line = tonumber(line)
  assert(line >= here.linedefined and line <= here.lastlinedefined, "blames another line: " .. message)
  return text
end

return caller
