--- A connection to Redis through redis-lua and LuaSocket. Blocks.

local core = require "celements.core"
local errors = require "celements.errors"

local plain = {}

local Connection = {}
Connection.__index = Connection

local function load()
  local ok, redis = pcall(require, "redis")
  local found, socket = pcall(require, "socket")
  if ok and found and type(redis) == "table" and redis.command then return redis, socket end
  local name = ok and "LuaSocket" or "redis-lua"
  return nil, errors.new {
    kind = "unavailable", message = name .. " cannot be loaded",
    hint = ok and "install it: apt install lua-socket, or luarocks install luasocket"
      or "install it: apt install lua-redis (Lua 5.1 to 5.3), or luarocks install redis-lua",
  }
end

--- Makes a connection, which connects when it is first used.
---@param given table as `celements.store.redis` checked it
---@return table? connection
---@return celements.Error?
function plain.new(given)
  local redis, socket = load()
  if not redis then return nil, socket end
  if given.tls then
    return nil, errors.new {
      kind = "unavailable", message = "redis-lua has no TLS",
      hint = "connect through a tunnel such as stunnel, or a Unix socket",
    }
  end
  return setmetatable({ given = given, redis = redis, socket = socket, commands = {} }, Connection)
end

local function open_socket(self)
  local given = self.given
  local made
  if given.path then
    local unix = require "socket.unix"
    made = (type(unix) == "table" and unix.stream or unix)()
  else
    made = self.socket.tcp()
  end
  made:settimeout(given.timeout)
  local ok, why
  if given.path then ok, why = made:connect(given.path) else ok, why = made:connect(given.host, given.port) end
  if ok then
    if not given.path then made:setoption("tcp-nodelay", true) end
    return made
  end
  made:close()
  local target = given.path or ("%s:%d"):format(given.host, given.port)
  return nil, ("cannot connect to %s: %s"):format(target, tostring(why))
end

-- redis-lua raises what Redis refuses, and what breaks.
local function send(self, client, name, ...)
  local command = self.commands[name]
  if not command then
    command = self.redis.command(name)
    self.commands[name] = command
  end
  local ok, result = pcall(command, client, ...)
  if ok then return true, result end
  result = tostring(result)
  local refusal = result:match("redis error: (.*)")
  if refusal then return false, refusal end
  if result:find("timeout", 1, true) then return false, "no answer in time; it may come all the same", "timeout" end
  return false, "the connection broke", "lost"
end

local function connect(self)
  local made, why = open_socket(self)
  if not made then return nil, why end
  local given = self.given
  local client = self.redis.connect { socket = made }
  local ok, err = true, nil
  if given.username then
    ok, err = send(self, client, "AUTH", given.username, given.password)
  elseif given.password then
    ok, err = send(self, client, "AUTH", given.password)
  end
  if ok and given.db ~= "0" then ok, err = send(self, client, "SELECT", given.db) end
  if ok then return client end
  made:close()
  return nil, err
end

--- Sends a command, and returns what Redis answers.
---@param name string
---@param ... string|integer
---@return boolean ok
---@return any result or why not
---@return string? broken "lost" when the connection is, "timeout" when no answer came, nil when Redis refuses
function Connection:call(name, ...)
  if self.client and self.pid ~= core.pid() then self.client = nil end -- it is the parent's
  if not self.client then
    local client, why = connect(self)
    if not client then return false, why end
    self.client, self.pid = client, core.pid()
  end
  local ok, result, broken = send(self, self.client, name, ...)
  if broken or not ok and result:find("^READONLY") then self:close() end
  return ok, result, broken
end

--- Closes it; the next call connects again.
function Connection:close()
  local client = self.client
  self.client = nil
  if client then client.network.socket:close() end
end

return plain
