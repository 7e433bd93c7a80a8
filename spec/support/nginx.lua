--- nginx with celements inside, for specs: its workers run as another user when the specs run as root, and read a copy
--- of the module, because they may not be able to read the source tree.
local certificate = require "celements.sandbox.certificate"
local locate = require "celements.sandbox.locate"
local ports = require "celements.sandbox.ports"
local sandbox_server = require "celements.sandbox.server"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

local nginx = {}

-- What nginx writes and where it finds the module.
local PATHS = [==[
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  lua_package_path "{{prefix}}/lua/?.lua;{{prefix}}/lua/?/init.lua;;";
  lua_package_cpath "{{prefix}}/lua/?.so;;";
]==]

local CONF = [==[
{{modules}}
worker_processes {{workers}};
daemon on;
pid nginx.pid;
error_log error.log warn;
env TMPDIR;
events { worker_connections 4096; }
http {
]==] .. PATHS .. [==[
  lua_shared_dict results 1m;
  init_by_lua_block {
    celements = require "celements"
    local options = {
      base_url = "{{base_url}}", user_secret = "{{user_secret}}", organization_secret = "{{organization_secret}}",
    }
    function new_client() return celements.new(options) end
    client = new_client()
    function get(path) return client:request("GET", path or "/elements/keys") end
    results = ngx.shared.results
    {{init}}
  }
  {{http}}
  server {
    listen 127.0.0.1:{{port}};
    listen 127.0.0.1:{{tls_port}} ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    location = /ping { return 200 "pong"; }
    location = /results/ { content_by_lua_block { ngx.print(results:get(ngx.var.arg_name) or "") } }
    {{server}}
  }
}
]==]

-- No more than any nginx needs.
local BARE = [==[
{{modules}}
daemon on;
pid nginx.pid;
error_log error.log warn;
env CLOUD_ELEMENTS_BASE_URL;
env CLOUD_ELEMENTS_USER_SECRET;
env CLOUD_ELEMENTS_ORGANIZATION_SECRET;
events { }
http {
]==] .. PATHS

local Nginx = {}
Nginx.__index = Nginx

local function read(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("*a")
  file:close()
  return text
end

-- The module for nginx's Lua, found by the path that the specs themselves use.
local function copy_module(prefix)
  local core = assert(package.searchpath("celements.core", package.cpath))
  assert(shell.run(("mkdir -p %s/lua/celements && cp -r %s/celements %s/lua/ && cp %s %s/lua/celements/core.so"):format(
    prefix, locate.root(), prefix, core, prefix)))
end

-- Ports are chosen anew when somebody took them meanwhile: another suite runs at the same time.
local ATTEMPTS = 5

local function launch(found, values, text)
  local ok, output
  for _ = 1, ATTEMPTS do
    for name, port in pairs(assert(ports.choose({}, { "port", "tls_port" }))) do values[name] = port end
    local file = assert(io.open(values.prefix .. "/nginx.conf", "w"))
    file:write((text:gsub("{{([%w_]+)}}", function(name) return tostring(values[name] or "") end)))
    file:close()
    ok, output = shell.run(([[chmod -R go+rX %s
      export TMPDIR='%s'
      export CLOUD_ELEMENTS_BASE_URL='%s' CLOUD_ELEMENTS_USER_SECRET='%s' CLOUD_ELEMENTS_ORGANIZATION_SECRET='%s'
      %s -p %s/ -c nginx.conf]]):format(values.prefix, values.tmpdir or "", values.base_url, values.user_secret,
      values.organization_secret, found.nginx, values.prefix))
    if ok or not output:find("Address already in use", 1, true) then break end
    os.remove(values.prefix .. "/error.log")
  end
  assert(ok, output)
end

--- Starts it against a sandbox.
---@param server celements.Sandbox
---@param given { whole: string?, init: string?, http: string?, server: string?, workers: integer?, tmpdir: string? }
--- the configuration, or what is added to the usual one: to `init_by_lua`, to `http`, to the server; and a directory in
--- which the workers make their sockets
---@return table nginx
function nginx.start(server, given)
  local found = assert(locate.all {})
  local values = {}
  local _, prefix = shell.run("mktemp -d")
  assert(certificate.make(prefix, found.openssl))
  copy_module(prefix)
  for name, value in pairs(given) do values[name] = value end
  values.modules, values.prefix, values.workers = found.modules, prefix, given.workers or 1
  for _, name in ipairs { "base_url", "user_secret", "organization_secret" } do values[name] = server[name] end
  launch(found, values, given.whole or CONF)
  local self = setmetatable({
    prefix = prefix, program = found.nginx, url = "http://127.0.0.1:" .. values.port,
    tls_url = "https://127.0.0.1:" .. values.tls_port, pid = tonumber(read(prefix .. "/nginx.pid")),
  }, Nginx)
  waiting.till(function() return #self:workers() >= values.workers end, "the workers") -- started when all listen
  return self
end

--- Starts it with what stands in `http` alone. Secrets are in the environment.
---@param server celements.Sandbox
---@param http string with one `server`
---@return table nginx
function nginx.start_bare(server, http)
  return nginx.start(server, {
    whole = BARE .. http:gsub("server {", "server {\n  listen 127.0.0.1:{{port}};") .. "}\n",
  })
end

--- Gets a path, and returns the body.
---@param path string
---@param options string? of the curl command
---@return string
function Nginx:get(path, options)
  local url = path:find("^https:") and path or self.url .. path
  local ok, output = shell.run(("curl -sSk --noproxy '*' %s %s"):format(options or "", shell.quote(url)))
  assert(ok, output .. self:log())
  return output
end

--- Tells the master: reload, quit.
---@param what string
function Nginx:signal(what)
  local ok, output = shell.run(("%s -p %s/ -c nginx.conf -s %s"):format(self.program, self.prefix, what))
  assert(ok, output)
end

--- Returns what is in the error log, but for nginx's remark on `lua_code_cache off`.
---@return string
function Nginx:log()
  return (read(self.prefix .. "/error.log"):gsub("[^\n]*lua_code_cache is off[^\n]*\n", ""))
end

--- Returns the workers' process ids.
---@return integer[]
function Nginx:workers()
  local _, output = shell.run(("cat /proc/%d/task/%d/children"):format(self.pid, self.pid))
  local list = {}
  for pid in output:gmatch("%d+") do table.insert(list, tonumber(pid)) end
  return list
end

--- Stops it and removes its folder.
function Nginx:stop()
  sandbox_server.stop(self)
end

return nginx
