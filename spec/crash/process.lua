-- Processes of this test: started, killed, waited for.
local process = {}
process.__index = process

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end
process.quote = quote

--- Starts a command in the background.
---@param command string for the shell
---@param output string a file
function process.start(command, output)
  local pipe = assert(io.popen(("exec %s >%s 2>&1 </dev/null & echo $!"):format(command, quote(output))))
  local pid = pipe:read("*l")
  pipe:close()
  return setmetatable({ pid = assert(pid:match("^%d+$")), output = output }, process)
end

--- Whether it still runs. One that has ended and was not waited for counts as ended: its parent was the shell.
function process:is_alive()
  local file = io.open(("/proc/%s/stat"):format(self.pid))
  if not file then return false end
  local state = (file:read("*l") or ""):match("%) (%a)")
  file:close()
  return state ~= nil and state ~= "Z"
end

--- Sends it a signal.
---@param name string
function process:signal(name)
  os.execute(("kill -%s %s 2>/dev/null"):format(name, self.pid))
end

--- Kills it with SIGKILL.
function process:kill()
  self:signal "KILL"
end

--- What it has printed so far.
---@return string
function process:text()
  local file = io.open(self.output)
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text
end

return process
