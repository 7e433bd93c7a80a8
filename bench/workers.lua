--- Who makes the calls in `make bench`, and how each is started.
local command = require "bench.command"
local shell = require "celements.sandbox.shell"

local BODY = "bench/request.json"
local LUAS = { "lua5.4", "lua5.3", "lua5.2", "lua5.1" }

---@class bench.Kind
---@field url string
---@field ca_file string "" for http
---@field http "1"|"2"
---@field in_flight integer

---@class bench.Worker
---@field name string
---@field role "floor"|"ours"|nil
---@field takes fun(kind: bench.Kind): boolean whether it can make such calls
---@field effort number the share of the calls it makes: what is slow must not take all the time
---@field line fun(kind: bench.Kind, calls: integer): string? the command, nil when it is not installed

local workers = {}

local function arguments(kind, calls)
  return ("'%s' %d %d %s '%s' %s"):format(kind.url, calls, kind.in_flight, BODY, kind.ca_file, kind.http)
end

local function any() return true end
local function one_at_a_time(kind) return kind.in_flight == 1 and kind.http == "1" end
local function http_1(kind) return kind.http == "1" end

local function many(kind) return kind.in_flight > 1 end

local function floor(program, name, takes, what, wait)
  return {
    name = name, role = what == "cjson" and "floor" or nil, takes = takes, effort = 1,
    line = function(kind, calls)
      return ("%s %s %s %s"):format(program, arguments(kind, calls), what, kind.in_flight == 1 and "easy" or wait)
    end,
  }
end

-- A peer in Lua, on the newest Lua that can load it.
local function peer(name, modules, takes, effort, file, tail)
  local lua = command.lua_with(LUAS, modules)
  return {
    name = lua and ("%s (%s)"):format(name, lua:gsub("^lua", "Lua ")) or name, takes = takes, effort = effort,
    line = function(kind, calls)
      return lua and ("%s bench/peers/%s %s %s"):format(lua, file, arguments(kind, calls), tail or "")
    end,
  }
end

local function celements(name, role, lua)
  return {
    name = name, role = role, takes = any, effort = 1,
    line = function(kind, calls) return ("%s bench/celements.lua %s"):format(lua, arguments(kind, calls)) end,
  }
end

--- All of them. What is compared to the floor is compared to the cheapest of that role.
---@param programs { floor: string, measure: string, lua: string, luajit: string } the last as a path for LUA_CPATH
---@return bench.Worker[]
function workers.all(programs)
  local curl = { name = "curl, piped to lua-cjson", takes = any, effort = 1 }
  local has_curl = shell.run("command -v curl")
  function curl.line(kind, calls)
    return has_curl and ("%s bench/peers/curl.lua %s %s"):format(programs.lua, arguments(kind, calls), programs.measure)
  end
  local fetch = { name = "Node's fetch", takes = http_1, effort = 0.5 }
  local has_node = shell.run("command -v node")
  function fetch.line(kind, calls)
    return has_node and ("NODE_EXTRA_CA_CERTS='%s' node bench/peers/fetch.mjs %s"):format(
      kind.ca_file, arguments(kind, calls))
  end
  return {
    floor(programs.floor, "libcurl + lua-cjson in C", function(kind) return kind.in_flight == 1 end, "cjson", "easy"),
    floor(programs.floor, "libcurl + lua-cjson in C, epoll", many, "cjson", "epoll"),
    floor(programs.floor, "libcurl + lua-cjson in C, curl_multi_poll", many, "cjson", "poll"),
    floor(programs.floor, "libcurl in C, no JSON", any, "curl", "epoll"),
    celements("celements", "ours", programs.lua),
    celements("celements (LuaJIT)", nil, ("LUA_CPATH='%s' luajit"):format(programs.luajit)),
    curl,
    peer("Lua-cURL 3", { "cURL", "cjson", "socket" }, any, 1, "lua_curl.lua"),
    peer("Debian's lua-curl", { "curl", "cjson", "socket" }, one_at_a_time, 1, "luacurl.lua"),
    peer("lua-http, connections kept", { "http.request", "cjson" }, any, 0.3, "lua_http.lua", "kept"),
    peer("lua-http, request:go", { "http.request", "cjson" }, http_1, 0.1, "lua_http.lua", "go"),
    peer("socket.http, one connection kept", { "ssl.https", "cjson" }, one_at_a_time, 0.5, "socket_http.lua", "kept"),
    peer("socket.http", { "ssl.https", "cjson" }, one_at_a_time, 0.1, "socket_http.lua", "new"),
    fetch,
  }
end

return workers
