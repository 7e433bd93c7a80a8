--- Runs a sandbox in the foreground until Ctrl-C: what `sandbox.serve` does.
local sandbox = require "celements.sandbox"
local server = require "celements.sandbox.server"

-- Prints a byte now and then. Once nobody reads them any more, because this process was killed in whatever way,
-- it stops nginx and removes the folder itself.
local WATCH = [[
trap '' INT TERM HUP PIPE
while [ -d %s ] && kill -0 %d 2>/dev/null && printf . ; do sleep 0.2; done 2>/dev/null
%s]]

local BANNER = [[
base URL             %s
base URL, https      %s
CA file              %s
control URL          %s
user secret          %s
organization secret  %s
Ctrl-C stops it.
]]

local function watch(running)
  return assert(io.popen(WATCH:format(running.prefix, running.pid, server.stop_script(running)), "r"))
end

local function wait(running, pipe)
  -- Ctrl-C raises here.
  pcall(function()
    while pipe:read(1) do end -- luacheck: ignore 542
  end)
  running:stop()
  pcall(pipe.close, pipe)
end

local function port()
  local given = os.getenv("PORT")
  if given and given ~= "" then return tonumber(given) or given end
end

--- Starts a sandbox, prints where it is, and waits until it is told to stop.
---@param options? table those of `sandbox.start`; `port` comes from $PORT by default
---@return integer status for `os.exit`
return function(options)
  options = options or {}
  options.port = options.port or port()
  local ok, running, err = pcall(sandbox.start, options)
  if not ok or not running then
    io.stderr:write(tostring(err or running), "\n")
    return 1
  end
  local pipe = watch(running) -- before anybody can know that it runs, and end it
  io.stdout:write(BANNER:format(running.base_url, running.base_url_tls, running.ca_file, running.control_url,
    running.user_secret, running.organization_secret))
  io.stdout:flush()
  wait(running, pipe)
  return 0
end
