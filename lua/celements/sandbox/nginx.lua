--- What runs inside nginx: reads requests, calls the pure handlers, sends what they return.
local app = require "celements.sandbox.app"
local content = require "celements.sandbox.content"
local control = require "celements.sandbox.control"
local faults = require "celements.sandbox.faults"
local journal = require "celements.sandbox.journal"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"
local sender = require "celements.sandbox.sender"
local state = require "celements.sandbox.state"
local switches = require "celements.sandbox.switches"
local wire = require "celements.sandbox.wire"

local nginx = {}

local sandbox

--- Prepares everything, in nginx's master, before the worker gives up its privileges: nothing is loaded later.
---@param options string JSON: user_secret, organization_secret, switches
function nginx.start(options)
  local settings = assert(json.decode(options))
  local memory = state.new { switches = assert(switches.check(settings.switches)), now = ngx.now }
  sandbox = {
    state = memory, faults = faults.new(), journal = journal.new(),
    app = app.new {
      state = memory, user_secret = settings.user_secret, organization_secret = settings.organization_secret,
    },
  }
end

local function read_body()
  ngx.req.read_body()
  return ngx.req.get_body_data() or ""
end

-- The body of a request for a file is on disk.
local function read_content(req)
  ngx.req.read_body()
  local path = ngx.req.get_body_file()
  req.content = path and content.file(path) or content.text(ngx.req.get_body_data() or "")
end

local function headers()
  local list = {}
  for name, value in pairs(ngx.req.get_headers(0)) do
    list[name] = type(value) == "table" and table.concat(value, ", ") or tostring(value)
  end
  return list
end

local function fail(status, message)
  return app.finish(reply.fail(status, message))
end

--- Answers a browser that is sent to the make-believe provider.
function nginx.provider()
  return wire.send(sandbox.app:provider(request.new(ngx.req.get_method(), ngx.var.request_uri, {}, read_body())))
end

--- Answers an API request.
---@param has_content boolean? whether its body stays on disk
function nginx.api(has_content)
  local req = request.new(ngx.req.get_method(), ngx.var.request_uri, headers())
  req.origin = ("%s://%s:%s"):format(ngx.var.scheme, ngx.var.host, ngx.var.server_port)
  local fault = sandbox.faults:take(req.method, req.path)
  -- A connection that closes before a request is done closes before all of it arrived.
  if not fault or fault.name ~= "close_before" then
    if has_content then read_content(req) else req.body = read_body() end
  end
  local entry = sandbox.journal:add(req, {
    scheme = ngx.var.scheme, http = ngx.req.http_version(), connection = ngx.var.connection,
    fault = fault and fault.name,
  })
  local latency = sandbox.state.switches.latency
  if latency > 0 then ngx.sleep(latency) end
  local function work()
    local response = sandbox.app:handle(req)
    entry.status, entry.form = response.status, req.form and json.object(req.form)
    sender.flush(sandbox.state)
    return response
  end
  if fault then return wire.fault(fault, work, fail) end
  return wire.send(work())
end

--- Answers a request whose body nginx refused to read because of its size.
function nginx.oversize()
  local req = request.new(ngx.req.get_method(), ngx.var.request_uri, headers())
  local response = fail(429, "The request body is over 8 MB")
  sandbox.journal:add(req, { scheme = ngx.var.scheme, http = ngx.req.http_version(), status = response.status })
  return wire.send(response)
end

--- Answers a control request.
function nginx.control()
  return wire.send(control.handle(sandbox, ngx.req.get_method(), ngx.var.uri, read_body()))
end

return nginx
