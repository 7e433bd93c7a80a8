--- Starts the application against a sandbox, and stops both on Ctrl-C.
-- usage: make openresty [PORT=8080]
local locate = require "celements.sandbox.locate"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"

local WEBHOOK_KEY = "sandbox-signature-key-01"
local HERE = arg[0]:match("^(.*)/") or "."

local BANNER = [[
application          http://127.0.0.1:%d, customers ann and bob

  curl -u ann:ann-password -d '{"key":"k-1","secret":"s-1"}' http://127.0.0.1:%d/connect
  curl -u ann:ann-password http://127.0.0.1:%d/messages
  curl http://127.0.0.1:%d/metrics

Ctrl-C stops it.
]]

-- nginx runs in the foreground, in a folder of its own, where its workers can read the module whoever they are.
local RUN = [[
set -e
cp -r %s/. %s/
mkdir -p %s/lua/celements
cp -r %s/celements %s/lua/
cp %s %s/lua/celements/core.so
echo 'listen 127.0.0.1:%d;' >%s/listen.conf
chmod -R go+rX %s
CLOUD_ELEMENTS_BASE_URL=%s CLOUD_ELEMENTS_USER_SECRET=%s CLOUD_ELEMENTS_ORGANIZATION_SECRET=%s WEBHOOK_KEY=%s \
exec %s -p %s/ -c nginx.conf -g %s
]]

local function run(server, found, core, folder)
  local port = tonumber(os.getenv("PORT")) or 8080
  local globals = ("%s daemon off;"):format(found.modules:gsub("\n", " "))
  print(BANNER:format(port, port, port, port))
  io.stdout:flush()
  local q = shell.quote
  return os.execute(RUN:format(q(HERE), folder, folder, q(locate.root()), folder, q(core), folder, port, folder,
    folder, q(server.base_url), q(server.user_secret), q(server.organization_secret), q(WEBHOOK_KEY), q(found.nginx),
    folder, q(globals)))
end

local found = assert(locate.all {})
local core = assert(os.getenv("CORE"), "set CORE to the module built for nginx's Lua: make LUA_V=luajit")
local server = assert(sandbox.start())
local _, folder = shell.run("mktemp -d")
local ok, err = pcall(run, server, found, core, folder)
server:stop()
shell.run("rm -rf " .. folder)
if not ok then error(err, 0) end
