--- Finds what the sandbox needs: its own modules, dkjson, nginx and its Lua module, openssl.
local json = require "celements.sandbox.json"
local shell = require "celements.sandbox.shell"

local locate = {}

local NGINX_MISSING = "nginx is missing: install Debian's nginx-light and libnginx-mod-http-lua, or OpenResty"
local MODULE_MISSING = "nginx has no Lua module: install Debian's libnginx-mod-http-lua, or OpenResty"
local OPENSSL_MISSING = "the openssl command is missing: install Debian's openssl"

local function working_folder()
  local _, folder = shell.run("pwd")
  return folder
end

local function absolute(path)
  if path:sub(1, 1) == "/" then return path end
  return working_folder() .. "/" .. path:gsub("^%./", "")
end

-- A relative path holds only until somebody changes the working folder, so it is made absolute at once.
local HERE = absolute(debug.getinfo(1, "S").source:sub(2))

--- Returns the folder that holds `celements/`.
---@return string
function locate.root()
  return (HERE:gsub("/?celements/sandbox/locate%.lua$", ""))
end

-- Returns the folder of a pure Lua module, which Lua 5.1 cannot look up by itself.
local function module_folder(name)
  for pattern in package.path:gmatch("[^;]+") do
    local path = pattern:gsub("%?", name)
    local file = io.open(path, "r")
    if file then
      file:close()
      return absolute(path):match("^(.*)/")
    end
  end
end

local function exists(path)
  local file = io.open(path, "r")
  if file then file:close() end
  return file ~= nil
end

-- The lines that load nginx's Lua module; none where it is built in.
local function module_lines(build)
  if build:find("--add-module=%S*lua%-nginx") or build:find("--add-module=%S*ngx_lua") then return "" end
  local folders = { "/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/nginx/modules" }
  table.insert(folders, 1, build:match("--modules%-path=(%S+)"))
  for _, folder in ipairs(folders) do
    if exists(folder .. "/ngx_http_lua_module.so") then
      local lines = {}
      for _, name in ipairs { "ndk_http_module", "ngx_http_lua_module" } do
        local path = ("%s/%s.so"):format(folder, name)
        if exists(path) then lines[#lines + 1] = ('load_module "%s";'):format(path) end
      end
      return table.concat(lines, "\n")
    end
  end
end

local function program(name, folders)
  return ("PATH=$PATH:%s command -v %s"):format(folders, shell.quote(name))
end

--- Finds everything.
---@param options { nginx?: string, openssl?: string } the programs, when they are not where they usually are
---@return { nginx: string, openssl: string, modules: string, package_path: string }? found
---@return string? err what is missing and how to install it
function locate.all(options)
  local ok, nginx = shell.run(program(options.nginx or "nginx",
    "/usr/sbin:/usr/local/sbin:/usr/local/nginx/sbin:/usr/local/openresty/nginx/sbin"))
  if not ok then return nil, NGINX_MISSING end
  local has_openssl, openssl = shell.run(program(options.openssl or "openssl", "/usr/local/bin"))
  if not has_openssl then return nil, OPENSSL_MISSING end
  local _, build = shell.run(shell.quote(nginx) .. " -V")
  local modules = module_lines(build)
  if not modules then return nil, MODULE_MISSING end
  local dkjson = module_folder("dkjson")
  if not dkjson then return nil, json.MISSING end
  local root = locate.root()
  for _, path in ipairs { root, dkjson } do
    -- nginx would take them for the end of a string or a variable, Lua for the end of a path.
    if path:find('[";$?\\]') then return nil, "the folder " .. path .. " has a character that nginx cannot take" end
  end
  -- Last, because dkjson may lie among modules of another Lua.
  local package_path = ("%s/?.lua;%s/?/init.lua;;%s/?.lua"):format(root, root, dkjson)
  return { nginx = nginx, openssl = openssl, modules = modules, package_path = package_path }
end

return locate
