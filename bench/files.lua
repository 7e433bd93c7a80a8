--- `make bench-files`: a file of 1 GiB up and down, from and to a path and a function: the peak memory of the process
-- that does it, beside one that only pings, and the time it takes. The sandbox keeps what is sent on disk.
--
-- usage: make bench-files [MIB=1024] [LUA_V=5.4]
local celements = require "celements"
local command = require "bench.command"
local sandbox = require "celements.sandbox"
local setting = require "bench.setting"
local shell = require "celements.sandbox.shell"

local measure, lua = arg[1], arg[2]
local bytes = setting.number("MIB", 1024) * 1024 * 1024

local LINE = "%-24s %12s %16s %8s %10s"

local function start()
  local server = assert(sandbox.start())
  local client = celements.new {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
  }
  local instance = assert(client.instances:create({
    element = { key = "box" }, name = "Benchmark", externalAuthentication = "initial",
    configuration = {
      ["oauth.api.key"] = "key-of-the-benchmark", ["oauth.api.secret"] = "secret-of-the-benchmark",
      ["oauth.user.refresh_token"] = "token-of-the-benchmark",
    },
  }))
  return server, client, instance.token
end

local function run(what)
  local server, client, token = start()
  local id = assert(server:file { size = bytes })
  local _, folder = shell.run "mktemp -d"
  assert(shell.run(("truncate -s %.0f %s/up"):format(bytes, folder)))
  local numbers, reason = command.run(table.concat({
    measure, lua, "bench/files_call.lua", "'" .. what .. "'", server.base_url, server.user_secret,
    server.organization_secret, shell.quote(token), id, folder, ("%.0f"):format(bytes),
  }, " "))
  client:close()
  server:stop()
  shell.run("rm -rf " .. folder)
  return numbers, reason
end

print(("%.0f MiB on %s"):format(bytes / 2 ^ 20, lua))
print(LINE:format("", "peak, MiB", "over a ping, MiB", "seconds", "CPU, s"))
local ping
for _, what in ipairs { "ping", "upload path", "upload function", "download path", "download function" } do
  local numbers, reason = run(what)
  if numbers then
    ping = ping or numbers[3]
    print(LINE:format(what, ("%.1f"):format(numbers[3] / 1024), ("%.1f"):format((numbers[3] - ping) / 1024),
      ("%.1f"):format(numbers[2] / 1e6), ("%.1f"):format(numbers[1] / 1e6)))
  else
    print(("%-24s %s"):format(what, reason))
  end
end
