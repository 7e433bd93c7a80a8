--- Runs Lua code in a process of its own, on the interpreter that runs the specs: for what could end the process, for
--- another environment, and for what happens when a Lua state closes.
local child = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The interpreter that runs the specs.
---@return string
function child.interpreter()
  local index = 0
  while arg[index - 1] do index = index - 1 end
  return arg[index]
end

local function write(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

--- Begins to run a chunk, and goes on.
---@param code string it finds what `arguments` holds in `...`
---@param arguments string[]?
---@param environment table<string, string|false>? variables; false for none
---@return fun(): string, integer finish waits for its end, and returns what `child.run` does
function child.start(code, arguments, environment)
  local path = write(code)
  local words = { "timeout 300 env" } -- nothing inside it can end a program that hangs
  for name, value in pairs(environment or {}) do
    if value then table.insert(words, quote(name .. "=" .. value)) else table.insert(words, 2, "-u " .. name) end
  end
  table.insert(words, quote("LUA_PATH=" .. package.path))
  table.insert(words, quote("LUA_CPATH=" .. package.cpath))
  table.insert(words, quote(child.interpreter()))
  table.insert(words, quote(path))
  for _, text in ipairs(arguments or {}) do table.insert(words, quote(text)) end
  local pipe = assert(io.popen("{ " .. table.concat(words, " ") .. "; } 2>&1; echo \" $?\""))
  return function()
    local text = pipe:read("*a")
    pipe:close()
    os.remove(path)
    local output, status = text:match("^(.*) (%d+)\n$")
    return output, tonumber(status)
  end
end

--- Runs a chunk to its end.
---@param code string it finds what `arguments` holds in `...`
---@param arguments string[]?
---@param environment table<string, string|false>? variables; false for none
---@return string output of both kinds
---@return integer status as the shell gives it: 139 for a segmentation fault, 124 after 300 seconds
function child.run(code, arguments, environment)
  return child.start(code, arguments, environment)()
end

return child
