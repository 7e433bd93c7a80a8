-- The README's nginx configuration, with no more around it than any nginx needs.
if not rawget(_G, "jit") then return end

local nginx = require "spec.support.nginx"
local sandbox = require "celements.sandbox"

local AROUND = [==[
{{modules}}
daemon on;
pid nginx.pid;
error_log error.log warn;
env CLOUD_ELEMENTS_BASE_URL;
env CLOUD_ELEMENTS_USER_SECRET;
env CLOUD_ELEMENTS_ORGANIZATION_SECRET;
events { }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  lua_package_path "{{prefix}}/lua/?.lua;{{prefix}}/lua/?/init.lua;;";
  lua_package_cpath "{{prefix}}/lua/?.so;;";
]==]

it("the README's nginx configuration works", function()
  local server = assert(sandbox.start())
  assert(server:seed(3))
  local file = assert(io.open("README.md"))
  local block = file:read("*a"):match("```nginx\n(.-)```")
  file:close()
  local running = nginx.start(server, {
    whole = AROUND .. block:gsub("server {", "server {\n  listen 127.0.0.1:{{port}};") .. "}\n",
  })
  local answer, log = running:get "/instances", running:log()
  running:stop()
  server:stop()
  assert.equal("3", answer)
  assert.equal("", log)
end)
