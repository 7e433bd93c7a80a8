--- An emulator of the API that runs offline: nginx with its Lua module, on free ports of this machine.
--
-- What is emulated: provisioning, listing, updating, enabling and deleting instances by id, by token and below their
-- element, their configuration entry by entry, their definitions, transformations and API description, the catalogue
-- and the hubs, OAuth with a make-believe provider, messages of messaging elements and files of document elements
-- behind a token, the log of hub calls, events with signed notifications, asynchronous calls, and every way in which a
-- server can fail. What is not: the other resources of hubs, pollers, formulas, bulk jobs, elements of one's own,
-- accounts (but for the list of their instances), new secrets; transformations are kept and not applied.
--
--     local s = assert(require("celements.sandbox").start())
--     print(s.base_url, s.user_secret, s.organization_secret)
--     s:fault { name = "close_after", match = { method = "POST" } }
--     s:stop()
local random = require "celements.sandbox.random"
local request = require "celements.sandbox.request"
local reserved = require "celements.sandbox.reserved"
local server = require "celements.sandbox.server"
local switches = require "celements.sandbox.switches"

local sandbox = {}

--- Credential values with a meaning of their own: `REJECTED` and `UNVERIFIED`.
sandbox.reserved = reserved

--- A sandbox that runs. Made by `celements.sandbox.start`. Its methods do not go by the platform's limits and errors:
--- they fail with nil and a text.
---@class celements.Sandbox
---@field base_url string http
---@field base_url_tls string https, with HTTP/2 unless that was switched off
---@field static_url string a constant JSON answer for benchmarks, http
---@field control_url string what the methods speak to, http
---@field user_secret string the only one it takes
---@field organization_secret string likewise
---@field ca_file string the authority that signed the https certificate; gone after `stop`
---@field pid integer nginx's
---@field prefix string the private temporary folder
local methods = {}
local meta = { __index = methods, __name = "celements.sandbox" }

local function port(value)
  return type(value) == "number" and value % 1 == 0 and value > 0 and value < 65536, "a port number"
end

local function secret(value)
  return type(value) == "string" and value:find("^[%w+/=_.-]+$") ~= nil, "a string of letters, digits and + / = _ . -"
end

local function path(value)
  return type(value) == "string" and value ~= "", "the path of a program"
end

local OPTIONS = {
  port = port, tls_port = port, control_port = port,
  user_secret = secret, organization_secret = secret, nginx = path, openssl = path,
  http2 = function(value) return type(value) == "boolean", "a boolean" end,
  switches = function(value)
    if type(value) ~= "table" then return false, "a table" end
    local checked, err = switches.check(value)
    return checked ~= nil, "right: " .. tostring(err)
  end,
}

local START = "celements.sandbox.start"

local function check(options)
  for name, value in pairs(options) do
    if not OPTIONS[name] then error(("%s: unknown option '%s'"):format(START, tostring(name)), 3) end
    local ok, expected = OPTIONS[name](value)
    if not ok then error(("%s: option '%s' must be %s"):format(START, name, expected), 3) end
  end
end

-- Tables have no finaliser before Lua 5.2, the userdata of newproxy does.
local function attach_finaliser(self)
  if not newproxy then return end
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = function() self:stop() end
  self.finaliser = proxy
end

--- Options of `celements.sandbox.start`.
---@class celements.SandboxOptions
---@field port integer? for http; default a free one, as for the other ports
---@field tls_port integer? for https
---@field control_port integer? for what the methods of a sandbox ask
---@field user_secret string? default a random one
---@field organization_secret string? default a random one
---@field http2 boolean? whether it speaks HTTP/2 over https; default true
---@field switches celements.SandboxSwitches? as for `sandbox:configure`; `sandbox:reset` returns to them
---@field nginx string? the program
---@field openssl string? the program

--- Starts a sandbox. It listens on 127.0.0.1 when this returns, and blocks the caller until then. It stops when it is
--- collected, as all is when the Lua state closes. `os.exit(code)` does not close that, and leaves the sandbox running:
--- call its `stop` before, or `os.exit(code, true)`, which plain Lua 5.1 does not have. An unknown option or a wrong
--- value raises.
---@param options celements.SandboxOptions?
---@return celements.Sandbox? sandbox
---@return string? err what is missing or in the way, and what to do
function sandbox.start(options)
  if options ~= nil and type(options) ~= "table" then
    error(("%s: options must be a table, not a %s"):format(START, type(options)), 2)
  end
  options = options or {}
  check(options)
  local settings = {
    user_secret = options.user_secret or random.token(),
    organization_secret = options.organization_secret or random.hex(32),
    switches = options.switches or {},
  }
  local running, err = server.start(options, settings)
  if not running then return nil, err end
  local function url(scheme, name, suffix)
    return ("%s://127.0.0.1:%d%s"):format(scheme, running.ports[name], suffix)
  end
  local self = setmetatable({
    base_url = url("http", "port", request.PREFIX), base_url_tls = url("https", "tls_port", request.PREFIX),
    static_url = url("http", "port", "/static"), control_url = url("http", "control_port", ""),
    user_secret = settings.user_secret, organization_secret = settings.organization_secret,
    ca_file = running.prefix .. "/ca.pem", pid = running.pid, prefix = running.prefix,
  }, meta)
  attach_finaliser(self)
  return self
end

--- Runs a sandbox in the foreground until Ctrl-C or SIGTERM, and prints where it is and its secrets.
---@param options celements.SandboxOptions? `port` comes from $PORT by default
---@return integer status for `os.exit`
function sandbox.serve(options)
  return require("celements.sandbox.main")(options)
end

-- The control port is spoken to with the client, which is needed for nothing else. It checks no secrets.
local function control(self, method, target, body)
  if self.stopped then return nil, "the sandbox was stopped" end
  if not self.client then
    self.client = require("celements").new {
      base_url = self.control_url, user_secret = "control", organization_secret = "control", proxy = "",
    }
    self.client._context.public = true
  end
  local result, err = self.client:request(method, target, { body = body })
  if result == nil and err ~= nil then return nil, type(err) == "table" and err.message or tostring(err) end
  return result
end

local function check_table(where, name, value)
  if type(value) ~= "table" then
    error(("sandbox:%s: %s must be a table, not a %s"):format(where, name, type(value)), 3)
  end
end

--- Forgets every instance, request and fault, and puts the switches back to what they were at the start.
---@return boolean? ok
---@return string? err
function methods:reset()
  local result, err = control(self, "POST", "/reset")
  return result and true, err
end

--- Returns the requests that reached the API, the newest last: `method`, `path` (below the API's prefix), `query`
--- (raw), `parameters` (list of `name` and `value`, decoded), `headers` (names in lower case), `body`, `scheme`,
--- `http` (1.1 or 2), `connection` (its number), `fault` (name of the one it met) and `status` (absent when the request
--- took no effect).
---@return table[]? requests
---@return string? err
function methods:journal()
  return control(self, "GET", "/journal")
end

--- Faults and their own parameters: `delay` (`seconds`, `when` "before" or "after" the work), `close_before` and
--- `close_after` (the connection ends without an answer), `reset` (`work`), `status` (`status`, `body`, `headers`,
--- `work`), `truncated` and `truncated_chunked` (`bytes`), `invalid_json` (`body`), `content_type` (`value`), `html`
--- (`body`, `status`, `work`), `rate_limited` (`retry_after`), `drip` (`bytes`, `pause`), `huge` (`bytes`), `empty`
--- (`work`). `work` says whether the request takes effect although its answer is replaced; default false.
---@class celements.SandboxFault
---@field name string of the fault
---@field times integer? how many requests meet it; default 1
---@field match { method: string?, path: string? }? which; `path` is a Lua pattern on the path below the API's prefix
---@field chance number? from 0 to 1, that a request that matches meets it; default 1

--- Arms a fault. A request meets the first armed fault that matches it.
---@param spec celements.SandboxFault with the fault's own parameters
---@return boolean? ok
---@return string? err names an unknown fault or parameter
function methods:fault(spec)
  check_table("fault", "fault", spec)
  local result, err = control(self, "POST", "/faults", spec)
  return result and true, err
end

--- Disarms every fault.
---@return boolean? ok
---@return string? err
function methods:clear_faults()
  local result, err = control(self, "DELETE", "/faults")
  return result and true, err
end

--- Sets switches: how the sandbox behaves where the platform varies, or where nobody says what it does. An unknown one
--- is refused.
---@param settings celements.SandboxSwitches by name
---@return table? switches all of them, as they are now
---@return string? err names an unknown switch
function methods:configure(settings)
  check_table("configure", "switches", settings)
  return control(self, "PATCH", "/switches", settings)
end

--- Returns every instance as the sandbox stores it, secrets included.
---@return table[]? instances
---@return string? err
function methods:instances()
  return control(self, "GET", "/instances")
end

--- Returns every notification, the newest last: `event_id`, `instance_id`, `body`, `status` ("created", "delivered",
--- "retry" or "queued"; absent where there is no callback URL), `attempts`, and of the last attempt `answer`, the
--- receiver's status, or `error`.
---@return table[]? notifications
---@return string? err
function methods:notifications()
  return control(self, "GET", "/notifications")
end

--- Sets flags of an instance: `in_use` (deleting answers 409), `valid`, `disabled`, `polling_disabled`, and `created`,
--- its date.
---@param id integer|string the instance's
---@param flags table<string, boolean|string> by name
---@return table? instance
---@return string? err
function methods:flag(id, flags)
  check_table("flag", "flags", flags)
  return control(self, "PATCH", ("/instances/%s"):format(id), flags)
end

--- Adds many instances at once, all tagged "seeded". A million take some 20 seconds and 1 GB. The switch `crowd` takes
--- none: it makes instances up while they are listed.
---@param count integer at most a million
---@param element string? its key, "mailjet" by default
---@return boolean? ok
---@return string? err
function methods:seed(count, element)
  local result, err = control(self, "POST", "/instances", { count = count, element = element })
  return result and true, err
end

--- Adds a file of so many made-up bytes, which every instance of an element with files can download. Nothing is stored.
---@param file { size: integer, name: string?, type: string? } `name` goes out as it is
---@return string? id
---@return string? err
function methods:file(file)
  check_table("file", "file", file)
  local result, err = control(self, "POST", "/files", file)
  return result and result.id, err
end

--- Stops nginx, waits until it is gone and removes its folder. More calls do nothing.
function methods:stop()
  if self.stopped then return end
  self.stopped = true
  server.stop(self) -- first: as a finaliser, at the end of the Lua state, it may not get beyond the client
  if self.client and self.client.close then self.client:close() end
end

meta.__gc = methods.stop
meta.__close = methods.stop

function meta:__tostring()
  return ("celements.sandbox: %s%s"):format(self.base_url, self.stopped and " (stopped)" or "")
end

return sandbox
