--- Connections to Redis inside nginx, through lua-resty-redis or its elder nginx.redis. Wait without blocking.

local errors = require "celements.errors"

local nginx = {}

-- In the pool of each worker; idle ones are closed after a minute.
local IDLE, KEPT = 60000, 32

local Connection = {}
Connection.__index = Connection

-- lua-resty-redis knows TLS, nginx.redis would ignore it.
local function load(needs_tls)
  local ok, redis = pcall(require, "resty.redis")
  if ok then return redis end
  ok, redis = pcall(require, "nginx.redis")
  if ok and not needs_tls then return redis end
  return nil, errors.new {
    kind = "unavailable",
    message = ok and "nginx.redis has no TLS" or "neither resty.redis nor nginx.redis can be loaded",
    hint = ok and "install lua-resty-redis: opm get openresty/lua-resty-redis"
      or "install one: apt install lua-nginx-redis, or opm get openresty/lua-resty-redis",
  }
end

--- Makes what connects when it is used.
---@param given table as `celements.store.redis` checked it
---@return table? connection
---@return celements.Error?
function nginx.new(given)
  local redis, err = load(given.tls)
  if not redis then return nil, err end
  local target = given.path and "unix:" .. given.path or ("%s:%d"):format(given.host, given.port)
  -- A pooled connection is logged in and verified already: only for who has all settings in common.
  local identity = {}
  for _, name in ipairs { "username", "password", "db", "tls", "tls_verify" } do
    table.insert(identity, ("%s=%q"):format(name, tostring(given[name])))
  end
  local settings = {
    pool = ("celements %s %s"):format(target, ngx.md5(table.concat(identity, " "))), -- luacheck: read globals ngx
    ssl = given.tls, ssl_verify = given.tls and given.tls_verify, server_name = given.tls and given.host or nil,
  }
  return setmetatable({ given = given, redis = redis, target = target, settings = settings }, Connection)
end

local function authenticate(self, client)
  local given = self.given
  local ok, why = true, nil
  if given.username then
    ok, why = client:auth(given.username, given.password)
  elseif given.password then
    ok, why = client:auth(given.password)
  end
  if ok and given.db ~= "0" then ok, why = client:select(given.db) end
  return ok, why
end

local function connect(self)
  local given = self.given
  local client, why = self.redis:new()
  if not client then return nil, why end
  client:set_timeout(given.timeout * 1000)
  local ok
  if given.path then
    ok, why = client:connect(self.target, self.settings)
  else
    ok, why = client:connect(given.host, given.port, self.settings)
  end
  if not ok then return nil, ("cannot connect to %s: %s"):format(self.target, tostring(why)) end
  if client:get_reused_times() ~= 0 then return client end
  ok, why = authenticate(self, client)
  if ok then return client end
  client:close()
  return nil, tostring(why)
end

local function plain(value)
  if value == ngx.null then return nil end -- luacheck: read globals ngx
  if type(value) == "table" then
    for index = 1, #value do value[index] = plain(value[index]) or false end
  end
  return value
end

local function call(self, name, ...)
  local client, why = connect(self)
  if not client then return false, why end
  local result
  result, why = client[name:lower()](client, ...)
  if result == nil then
    client:close()
    if why == "timeout" then return false, "no answer in time; it may come all the same", "timeout" end
    return false, "the connection broke", "lost"
  end
  if result == false and tostring(why):find("^READONLY") then client:close() else client:set_keepalive(IDLE, KEPT) end
  if result == false then return false, tostring(why) end
  return true, plain(result)
end

--- Sends a command, and returns what Redis answers.
---@param name string
---@param ... string|integer
---@return boolean ok
---@return any result or why not
---@return string? broken "lost" when the connection is, "timeout" when no answer came, nil when Redis refuses
function Connection:call(name, ...)
  local done, ok, result, broken = pcall(call, self, name, ...)
  -- Phases without cosockets raise.
  if not done then
    return false, "this phase of nginx cannot reach Redis: " .. (tostring(ok):gsub("^.-:%d+: ", ""))
  end
  return ok, result, broken
end

--- Nothing is open between calls but what nginx pools.
function Connection:close() -- luacheck: no self
end

return nginx
