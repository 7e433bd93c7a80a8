-- Inside nginx a call must never block the worker. The module has to be built for nginx's Lua, so this runs there only.
if not rawget(_G, "jit") then return end

local locate = require "celements.sandbox.locate"
local nginx = require "celements.sandbox.server"
local ports = require "celements.sandbox.ports"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"

local CONF = [==[
%s
worker_processes 1;
daemon on;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  lua_package_path "%s";
  lua_package_cpath "%s";
  init_by_lua_block {
    local celements = require "celements"
    client = celements.new { base_url = "%s", user_secret = "%s", organization_secret = "%s" }
    at_start = assert(client:request("GET", "/elements/keys"))
  }
  server {
    listen 127.0.0.1:%d;
    location / {
      content_by_lua_block {
        local none, err = client:request("GET", "/elements/keys")
        ngx.say(#at_start > 0 and "answered at start" or "", "|", tostring(none), "|", err.kind, "|", tostring(err))
      }
    }
  }
}
]==]

describe("inside nginx", function()
  local server, prefix, url

  setup(function()
    local ok
    server = assert(sandbox.start())
    local found = assert(locate.all {})
    local chosen = assert(ports.choose({}, { "http" }))
    ok, prefix = shell.run("mktemp -d")
    assert(ok, prefix)
    local file = assert(io.open(prefix .. "/nginx.conf", "w"))
    file:write(CONF:format(found.modules, package.path, package.cpath, server.base_url, server.user_secret,
      server.organization_secret, chosen.http))
    file:close()
    local output
    ok, output = shell.run(("chmod 755 %s; %s -p %s/ -c %s/nginx.conf"):format(prefix, found.nginx, prefix, prefix))
    assert(ok, output)
    url = ("http://127.0.0.1:%d/"):format(chosen.http)
  end)

  teardown(function()
    local _, pid = shell.run(("cat %s/nginx.pid"):format(prefix))
    nginx.stop { prefix = prefix, pid = tonumber(pid) }
    server:stop()
  end)

  it("calls while the configuration is read, and refuses where it would block a worker", function()
    local ok, output = shell.run("curl -s --noproxy '*' " .. url)
    assert.is_true(ok, output)
    local at_start, none, kind, text = output:match("^(.-)|(.-)|(.-)|(.*)$")
    assert.equal("answered at start", at_start)
    assert.equal("nil", none)
    assert.equal("unavailable", kind)
    assert.truthy(text:find("phase content", 1, true))
    assert.truthy(text:find("make it from a script outside nginx", 1, true))
  end)
end)
