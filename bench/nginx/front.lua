--- The nginx under test: one worker on the clients' processor, which makes a call to the origin for each request.
local locate = require "celements.sandbox.locate"
local ports = require "celements.sandbox.ports"
local processor = require "bench.processor"
local server = require "celements.sandbox.server"
local shell = require "celements.sandbox.shell"

local front = {}

local CONFIGURATION = [==[
{{modules}}
worker_processes 1;
daemon on;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000000;
  lua_package_path "{{prefix}}/lua/?.lua;{{prefix}}/lua/?/init.lua;{{resty}}/lib/?.lua;;";
  lua_package_cpath "{{prefix}}/lua/?.so;;";
  lua_ssl_trusted_certificate {{ca_file}};
  init_by_lua_block {
    local celements = require "celements"
    local cjson = require "cjson"
    local resty_http = "{{resty}}" ~= "" and require "resty.http"
    local file = assert(io.open "{{prefix}}/request.json")
    local text = file:read("*a")
    file:close()
    local call = { body = cjson.decode(text) }
    local slow = { body = call.body, query = { seconds = "0.5" } }
    local function client(base_url, http2)
      return celements.new {
        base_url = base_url, user_secret = "bench-user", organization_secret = "bench-organization",
        ca_file = "{{ca_file}}", http2 = http2,
      }
    end
    -- Another name of the host: libcurl knows by the host whether to share connections.
    local clients = {
      http = client "{{http}}", https = client "{{https}}", h2 = client("{{https_by_name}}", true),
    }
    local urls = { http = "{{http}}", https = "{{https}}" }
    local headers = {
      ["Content-Type"] = "application/json", Accept = "application/json",
      Authorization = "User bench-user, Organization bench-organization",
    }
    function with_celements()
      local kind, path = ngx.var.arg_kind, ngx.var.arg_path
      local answer, err = clients[kind]:request("POST", path, path == "/slow" and slow or call)
      if not answer then
        ngx.log(ngx.ERR, tostring(err))
        ngx.exit(502)
      end
      ngx.say(answer.id)
    end
    function with_resty()
      local path = ngx.var.arg_path
      local own = resty_http.new()
      own:set_timeout(60000)
      local url = urls[ngx.var.arg_kind] .. path .. (path == "/slow" and "?seconds=0.5" or "")
      local answer, err = own:request_uri(url, {
        method = "POST", body = cjson.encode(call.body), headers = headers, keepalive_timeout = 60000,
        keepalive_pool = 2048, ssl_server_name = "localhost",
      })
      if not answer or answer.status ~= 200 then
        ngx.log(ngx.ERR, err or answer.status)
        ngx.exit(502)
      end
      ngx.say(cjson.decode(answer.body).id)
    end
  }
  upstream plain { server {{http_address}}; keepalive 2048; keepalive_requests 1000000000; }
  upstream secure { server {{https_address}}; keepalive 2048; keepalive_requests 1000000000; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_ssl_session_reuse on;
  server {
    listen 127.0.0.1:{{port}} backlog=4096;
    location = /ping { return 200 "pong"; }
    location = /celements { content_by_lua_block { with_celements() } }
    location = /resty { content_by_lua_block { with_resty() } }
    location = /proxy/http/static { proxy_pass http://plain/static; }
    location = /proxy/http/slow { proxy_pass http://plain/slow?seconds=0.5; }
    location = /proxy/https/static { proxy_pass https://secure/static; }
    location = /proxy/https/slow { proxy_pass https://secure/slow?seconds=0.5; }
    location = /memory { content_by_lua_block {
      collectgarbage()
      collectgarbage()
      ngx.say(collectgarbage "count")
    } }
  }
}
]==]

local function read(path)
  local file = assert(io.open(path, "r"))
  local text = file:read("*a")
  file:close()
  return text
end

--- Starts it. The worker may run as another user, so it gets a copy of the module.
---@param origin { http: string, https: string, ca_file: string }
---@param core string path of the module for nginx's Lua
---@param resty string folder of a checkout of lua-resty-http, or ""
---@return { url: string, pid: integer, worker: integer, log: fun(): string, stop: fun() }
function front.start(origin, core, resty)
  local found = assert(locate.all {})
  local values = assert(ports.choose({}, { "port" }))
  local _, prefix = shell.run("mktemp -d \"${TMPDIR:-/tmp}/celements-front.XXXXXXXX\"")
  values.modules, values.prefix, values.ca_file = found.modules, prefix, prefix .. "/ca.pem"
  values.resty = resty ~= "" and prefix .. "/resty" or ""
  values.http, values.https = origin.http, origin.https
  values.https_by_name = origin.https:gsub("127%.0%.0%.1", "localhost")
  values.http_address, values.https_address = origin.http:match("//(.*)"), origin.https:match("//(.*)")
  local file = assert(io.open(prefix .. "/nginx.conf", "w"))
  file:write((CONFIGURATION:gsub("{{([%w_]+)}}", values)))
  file:close()
  local ok, output = shell.run(([[
    set -e
    mkdir -p %s/lua/celements %s/resty
    cp -r %s/celements %s/lua/
    cp %s %s/lua/celements/core.so
    cp %s %s/ca.pem
    cp bench/request.json %s/
    [ -z "%s" ] || cp -r %s/lib %s/resty/
    chmod -R go+rX %s
    ulimit -n $(ulimit -H -n)
    %s %s -p %s/ -c nginx.conf]]):format(prefix, prefix, locate.root(), prefix, core, prefix, origin.ca_file, prefix,
    prefix, resty, resty, prefix, prefix, processor.pin("client"), found.nginx, prefix))
  if not ok then error("nginx did not start: " .. output, 0) end
  local running = { prefix = prefix, pid = tonumber(read(prefix .. "/nginx.pid")) }
  local _, worker = shell.run(("cat /proc/%d/task/%d/children"):format(running.pid, running.pid))
  return {
    url = "http://127.0.0.1:" .. values.port, pid = running.pid, worker = tonumber(worker:match("%d+")),
    log = function() return read(prefix .. "/error.log") end,
    stop = function() server.stop(running) end,
  }
end

return front
