--- Commands of the operating system.
local shell = {}

--- Quotes an argument for the shell.
---@param text string
---@return string
function shell.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Runs a script with `sh` and waits for it.
---@param script string
---@return boolean ok whether its exit status was 0
---@return string output both what it printed and what it complained about, without the last line break
function shell.run(script)
  -- Lua 5.1 does not tell the exit status of a pipe, so the script prints it.
  local pipe = assert(io.popen("{ " .. script .. "\n} 2>&1 </dev/null; echo \":$?\"", "r"))
  local output = pipe:read("*a")
  pipe:close()
  local text, status = output:match("^(.-)\n?:(%d+)\n$")
  return status == "0", text or output
end

return shell
