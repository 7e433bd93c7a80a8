--- A Redis server of one spec's own, in a temporary folder.
local folder = require "spec.support.folder"
local ports = require "celements.sandbox.ports"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

-- redis-lua is plain Lua, but Debian has no package of it for 5.4.
if not pcall(require, "redis") then
  package.preload.redis = assert(loadfile("/usr/share/lua/5.3/redis.lua"))
end

local redis = {}

local Server = {}
Server.__index = Server

--- Starts one that keeps what it has answered when it is killed.
---@param password string?
---@return table server `path` of its socket, `port`, `folder`
function redis.start(password)
  local place = folder.new()
  local self = setmetatable({
    folder = place, path = place .. "/redis.sock", port = assert(ports.choose({}, { "port" })).port,
    password = password,
  }, Server)
  self:run()
  return self
end

--- Starts it, again.
function Server:run()
  local guard = self.password and "--requirepass " .. self.password or ""
  assert(shell.run(("cd %s && redis-server --bind 127.0.0.1 --port %d --unixsocket redis.sock --pidfile $PWD/pid "
    .. "--logfile log --daemonize yes --appendonly yes --appendfsync always %s"):format(self.folder, self.port, guard)))
  waiting.till(function() return self:command "PING" == "PONG" end, "Redis")
  local file = assert(io.open(self.folder .. "/pid"))
  self.pid = file:read("*n")
  file:close()
end

--- Runs a command through Redis's own client, and returns what it prints.
---@param command string
---@return string
function Server:command(command)
  local login = self.password and "REDISCLI_AUTH=" .. self.password .. " " or ""
  return select(2, shell.run(("%sredis-cli -s %s %s"):format(login, self.path, command)))
end

--- Sends it a signal.
---@param name string
function Server:signal(name)
  assert(shell.run(("kill -%s %d"):format(name, self.pid)))
end

--- Ends it at once, and waits for its end.
function Server:kill()
  self:signal "KILL"
  waiting.till(function() return self:command "PING" ~= "PONG" end, "its end")
end

--- Ends it and removes its folder.
function Server:stop()
  self:kill()
  folder.remove(self.folder)
end

return redis
