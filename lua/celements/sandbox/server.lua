--- The sandbox's nginx: its private folder, its start and its end.
local certificate = require "celements.sandbox.certificate"
local json = require "celements.sandbox.json"
local locate = require "celements.sandbox.locate"
local ports = require "celements.sandbox.ports"
local shell = require "celements.sandbox.shell"
local template = require "celements.sandbox.template"

local server = {}

local PORTS = { "port", "tls_port", "control_port" }
local ATTEMPTS = 5

-- Ends nginx if the process is still the one that was started, waits until it is gone, removes its folder.
-- A zombie that nobody collects counts as gone.
local STOP = [[
prefix=%s pid=%d
gone() {
  kill -0 $pid 2>/dev/null || return 0
  [ -r /proc/$pid/stat ] || return 1
  grep -q ') Z ' /proc/$pid/stat && return 0
  ! tr '\0' ' ' </proc/$pid/cmdline | grep -qF "$prefix"
}
gone || kill -TERM $pid
tries=0
until gone; do
  tries=$((tries + 1))
  if [ $tries -eq 250 ]; then kill -KILL -- -$pid; fi
  if [ $tries -gt 300 ]; then break; fi
  sleep 0.02
done
rm -rf "$prefix"]]

--- Returns the shell script that stops a server and removes its folder.
---@param running { prefix: string, pid: integer }
---@return string
function server.stop_script(running)
  return STOP:format(shell.quote(running.prefix), running.pid)
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = io.open(path, "r")
  local text = file and file:read("*a") or ""
  if file then file:close() end
  return text
end

-- What nginx complained about, in the words of this module where it is one of the usual things.
local function explain(output)
  local address = output:match("bind%(%) to (%S+) failed %(%d+: Address already in use%)")
  if address then return "the address " .. address .. " is taken: choose another port, or leave it out" end
  local lua = output:match("init_by_lua[^\n]-error: ([^\n]*)")
  return "nginx did not start: " .. (lua or output:match("%[emerg%] [^\n]*") or output)
end

local function launch(found, prefix, chosen, http2, settings)
  local conf = prefix .. "/nginx.conf"
  write(conf, template.fill {
    modules = found.modules, package_path = found.package_path,
    settings = ("%q"):format(json.encode(settings)),
    port = chosen.port, tls_port = chosen.tls_port, control_port = chosen.control_port,
    http2 = http2 == false and "" or " http2",
  })
  -- An unprivileged worker passes through the folder to the one where nginx keeps bodies; it cannot list it.
  local ok, output = shell.run(("chmod 600 %s; chmod 711 %s; ulimit -n $(ulimit -H -n); %s -p %s -c %s"):format(
    shell.quote(conf), shell.quote(prefix), shell.quote(found.nginx), shell.quote(prefix .. "/"), shell.quote(conf)))
  if ok then return true end
  return nil, explain(output), output:find("Address already in use", 1, true) ~= nil
end

local function remove(prefix)
  shell.run("rm -rf " .. shell.quote(prefix))
end

local function prepare(options)
  local found, err = locate.all(options)
  if not found then return nil, err end
  local ok, prefix = shell.run("umask 077 && mktemp -d \"${TMPDIR:-/tmp}/celements-sandbox.XXXXXXXX\"")
  if not ok then return nil, "no temporary folder could be made: " .. prefix end
  ok, err = certificate.make(prefix, found.openssl)
  if not ok then
    remove(prefix)
    return nil, err
  end
  return found, nil, prefix
end

--- Starts nginx. It listens when this returns.
---@param options table ports (`port`, `tls_port`, `control_port`), programs (`nginx`, `openssl`), `http2`
---@param settings { user_secret: string, organization_secret: string, switches: table }
---@return { prefix: string, pid: integer, ports: table<string, integer> }? running
---@return string? err what to do
function server.start(options, settings)
  local found, err, prefix = prepare(options)
  if not found then return nil, err end
  for _ = 1, ATTEMPTS do
    local chosen, ok, taken
    chosen, err = ports.choose(options, PORTS)
    if not chosen then break end
    ok, err, taken = launch(found, prefix, chosen, options.http2, settings)
    if ok then
      local pid = tonumber(read(prefix .. "/nginx.pid"))
      return { prefix = prefix, pid = pid, ports = chosen }
    end
    -- A port that was chosen here may have been taken meanwhile, one that was given stays taken.
    if not taken or options.port or options.tls_port or options.control_port then break end
  end
  remove(prefix)
  return nil, err
end

--- Stops nginx, waits until it is gone, and removes its folder.
---@param running { prefix: string, pid: integer }
function server.stop(running)
  shell.run(server.stop_script(running))
end

return server
