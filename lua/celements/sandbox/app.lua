--- The API as one pure function from a request to a response. It knows neither nginx nor the network.
local async = require "celements.sandbox.async"
local auth = require "celements.sandbox.auth"
local elements = require "celements.sandbox.elements"
local json = require "celements.sandbox.json"
local provider = require "celements.sandbox.provider"
local random = require "celements.sandbox.random"
local reply = require "celements.sandbox.reply"
local routes = require "celements.sandbox.routes"
local usage = require "celements.sandbox.usage"

local app = {}
app.__index = app

-- The largest request body in bytes (API documentation: 8 MB).
local BODY_LIMIT = 8 * 1024 * 1024

---@class celements.sandbox.Response
---@field status integer
---@field headers table<string, string>
---@field body string
---@field file celements.sandbox.File? what is sent instead of a body

--- Makes the API over a state.
---@param options { state: celements.sandbox.State, user_secret: string, organization_secret: string }
---@return table app
function app.new(options)
  return setmetatable({
    state = options.state, user_secret = options.user_secret, organization_secret = options.organization_secret,
  }, app)
end

local function accepts_json(header)
  if not header or header == "" then return true end
  for range in header:lower():gmatch("[^,]+") do
    local kind = range:match("^%s*([^;%s]*)")
    if kind == "*/*" or kind == "application/*" or kind == "application/json" then return true end
  end
  return false
end

local function is_json(header)
  return not header or header:lower():find("^application/json%s*;?") ~= nil
end

local function no_instance(id)
  return reply.fail(404, "No element instance found with ID " .. id)
end

-- Finds the instance that the call is about, or the refusal.
local function authorise(self, req, match)
  local header, family = req.headers.authorization, match.credentials
  if family == "open" then return nil end
  if family == "catalogue" and not header and self.state.switches.open_catalogue then return nil end
  if family == "id" or family == "catalogue" then family = "platform" end
  local allowed, instance = auth.check(self, family, header)
  if not allowed then return nil, reply.unauthorized() end
  if match.credentials ~= "id" then return instance end
  local id, name = match.captures.id, match.captures.element
  instance = self.state.by_id[id]
  if not instance then return nil, no_instance(id) end
  if name and elements.find(name) ~= instance.element then return nil, no_instance(id) end
  return instance
end

local function answer(self, req)
  local match = routes.find(req.method, req.segments)
  if not match then return reply.fail(404, "No resource found at " .. req.path) end
  if not match.handler then
    local refusal = reply.fail(405, ("Method %s is not supported for %s"):format(req.method, req.path))
    refusal.headers.Allow = table.concat(match.allowed, ", ")
    return refusal
  end
  local instance, refusal = authorise(self, req, match)
  if not refusal and not match.raw then
    if #req.body > BODY_LIMIT then
      refusal = reply.fail(429, "The request body is over 8 MB")
    elseif not accepts_json(req.headers.accept) then
      refusal = reply.fail(406, "Only application/json is available")
    elseif req.body ~= "" and not is_json(req.headers["content-type"]) then
      refusal = reply.fail(415, "The request body must be application/json")
    end
  end
  local is_hub = instance and (match.credentials == "hub" or match.credentials == "any")
  local handler = is_hub and async.is_asked(req) and async.handler(match.handler) or match.handler
  local result = refusal or handler {
    request = req, captures = match.captures, instance = instance, hub = match.hub,
    state = self.state, switches = self.state.switches,
  }
  if is_hub then
    result.headers["Elements-Element-Instance-Id"] = instance.id
    return result, instance
  end
  return result
end

--- Turns a reply into a response: adds the headers every answer has and encodes the data.
---@param result celements.sandbox.Reply
---@return celements.sandbox.Response
function app.finish(result)
  local id, data = random.hex(24), result.data
  if result.message then
    data = json.object(
      { requestId = id, message = result.message, providerMessage = result.provider_message },
      { "requestId", "message", "providerMessage" }
    )
  end
  local headers = {}
  for name, value in pairs(result.headers) do headers[name] = value end
  headers["Elements-Request-Id"] = id
  headers["Content-Type"] = headers["Content-Type"] or "application/json;charset=UTF-8"
  return {
    status = result.status, headers = headers, body = data ~= nil and json.encode(data) or "", file = result.file,
  }
end

--- Answers a request.
---@param req celements.sandbox.Request
---@return celements.sandbox.Response
function app:handle(req)
  local result, served_by = answer(self, req)
  local response = app.finish(result)
  if served_by then usage.note(self.state, req, served_by, response) end
  return response
end

--- Answers the browser of a customer whom an application has sent to the provider.
---@param req celements.sandbox.Request
---@return celements.sandbox.Response
function app:provider(req)
  return provider.handle(self.state, req)
end

return app
