--- The server that the benchmarks call: nginx, which answers every POST with the same instance, at once or later, over
-- http and over https with HTTP/1.1 and HTTP/2.
local certificate = require "celements.sandbox.certificate"
local locate = require "celements.sandbox.locate"
local ports = require "celements.sandbox.ports"
local processor = require "bench.processor"
local server = require "celements.sandbox.server"
local shell = require "celements.sandbox.shell"

local origin = {}

-- The body is read before the answer, because nginx would reset an HTTP/2 stream whose body it did not want, which
-- libcurl may take for a failure. HTTP/2 keeps nginx's usual 128 streams for each connection.
local CONFIGURATION = [==[
{{modules}}
worker_processes 1;
daemon on;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 65536; }
http {
  access_log off;
  default_type application/json;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  server {
    listen 127.0.0.1:{{port}} backlog=4096;
    listen 127.0.0.1:{{tls_port}} ssl http2 backlog=4096;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    location / { content_by_lua_block {
      ngx.req.read_body()
      ngx.print('{{answer}}\n')
    } }
    location = /slow { content_by_lua_block {
      ngx.req.read_body()
      ngx.sleep(tonumber(ngx.var.arg_seconds))
      ngx.print('{{answer}}\n')
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

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function launch(found, prefix)
  local values = assert(ports.choose({}, { "port", "tls_port" }))
  values.modules, values.answer = found.modules, read("bench/answer.json"):gsub("%s+$", "")
  write(prefix .. "/nginx.conf", (CONFIGURATION:gsub("{{([%w_]+)}}", values)))
  local ok, output = shell.run(("ulimit -n $(ulimit -H -n); %s %s -p %s -c nginx.conf"):format(
    processor.pin("server"), shell.quote(found.nginx), shell.quote(prefix .. "/")))
  if not ok then error("nginx did not start: " .. output, 0) end
  return values
end

--- Starts it. It listens when this returns.
---@return { http: string, https: string, ca_file: string, stop: fun() } origin the URLs end without a slash
function origin.start()
  local found = assert(locate.all {})
  local _, prefix = shell.run("umask 077 && mktemp -d \"${TMPDIR:-/tmp}/celements-bench.XXXXXXXX\"")
  local ok, values = pcall(function()
    assert(certificate.make(prefix, found.openssl))
    return launch(found, prefix)
  end)
  if not ok then
    shell.run("rm -rf " .. shell.quote(prefix))
    error(values, 0)
  end
  local running = { prefix = prefix, pid = tonumber(read(prefix .. "/nginx.pid")) }
  return {
    http = "http://127.0.0.1:" .. values.port, https = "https://127.0.0.1:" .. values.tls_port,
    ca_file = prefix .. "/ca.pem", stop = function() server.stop(running) end,
  }
end

--- Does something with a running origin, and stops it whatever happens.
---@param work fun(origin: table)
function origin.with(work)
  local running = origin.start()
  local ok, err = pcall(work, running)
  running.stop()
  if not ok then error(err, 0) end
end

return origin
