--- The sandbox's handlers without nginx: a caller with the right secrets and a clock that stands still.
local app = require "celements.sandbox.app"
local json = require "celements.sandbox.json"
local request = require "celements.sandbox.request"
local state = require "celements.sandbox.state"

local api = {}
api.__index = api

api.PLATFORM = "User user-secret, Organization organization-secret"

--- Makes a caller over an empty sandbox.
---@param switches? table
function api.new(switches)
  local self = setmetatable({ time = 1525168800 }, api)
  self.state = state.new { switches = switches, now = function() return self.time end }
  self.app = app.new {
    state = self.state, user_secret = "user-secret", organization_secret = "organization-secret",
  }
  return self
end

--- Sends a request. A table is sent as JSON, `headers.authorization = false` sends none.
---@return table? decoded body
---@return celements.sandbox.Response
function api:call(method, path, body, headers)
  local sent = { authorization = api.PLATFORM }
  if body then sent["content-type"] = "application/json" end
  for name, value in pairs(headers or {}) do sent[name] = value or nil end
  if headers and headers.authorization == false then sent.authorization = nil end
  if type(body) == "table" then body = json.encode(body) end
  local response = self.app:handle(request.new(method, request.PREFIX .. path, sent, body))
  return response.body ~= "" and json.decode(response.body) or nil, response
end

--- Sends a hub call with an instance's token.
function api:hub(token, method, path, body, headers)
  local sent = { authorization = "User user-secret, Element " .. token }
  for name, value in pairs(headers or {}) do sent[name] = value end
  return self:call(method, path, body, sent)
end

--- Returns a body that creates a MailJet instance.
function api.mailjet(changes)
  local body = {
    element = { key = "mailjet" }, name = "Test",
    configuration = { ["mailjet.api.key"] = "key", ["mailjet.api.secret"] = "secret" },
  }
  for name, value in pairs(changes or {}) do body[name] = value end
  return body
end

--- Creates a MailJet instance.
function api:create(changes)
  local instance, response = self:call("POST", "/instances", api.mailjet(changes))
  assert(response.status == 200, response.body)
  return instance
end

return api
