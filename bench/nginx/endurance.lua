--- `make bench-endurance`: a million calls through one worker of nginx, and a hundred reloads under load: what grows,
-- what fails and what is left behind.
--
-- usage: make bench-endurance [CALLS=1000000] [RELOADS=100]
local front = require "bench.nginx.front"
local origin = require "bench.origin"
local processor = require "bench.processor"
local setting = require "bench.setting"
local shell = require "celements.sandbox.shell"

local core = arg[1]
local calls, reloads = setting.number("CALLS", 1000000), setting.number("RELOADS", 100)
local IN_FLIGHT = 64

local function count(command)
  local _, text = shell.run(command .. " | wc -l")
  return tonumber(text)
end

local function status(pid, name)
  local _, text = shell.run(("cat /proc/%d/status"):format(pid))
  return tonumber(text:match(name .. ":%s*(%d+)"))
end

local function state(pid)
  return {
    memory = status(pid, "VmRSS") / 1024, threads = status(pid, "Threads"),
    descriptors = count(("ls /proc/%d/fd"):format(pid)),
  }
end

local function print_state(when, pid)
  local now = state(pid)
  print(("  %-28s %8.1f MiB resident  %2d threads  %4d descriptors"):format(when, now.memory, now.threads,
    now.descriptors))
  return now
end

local function wrk(url, seconds, headers)
  local _, output = shell.run(("%s wrk -t1 -c%d -d%gs --timeout 30 %s -s bench/nginx/report.lua '%s'"):format(
    processor.pin("server"), IN_FLIGHT, seconds, headers or "", url))
  local requests, errors = output:match("RESULT (%d+) %S+ %S+ %S+ (%d+)")
  return assert(tonumber(requests), output), tonumber(errors)
end

local function many_calls(running)
  local url = running.url .. "/celements?kind=http&path=/static"
  local marks = { 0.01, 0.5, 1 }
  print(("%d calls, %d in flight, http:"):format(calls, IN_FLIGHT))
  print_state("before", running.worker)
  local made, failed = 0, 0
  while marks[1] do
    local requests, errors = wrk(url, 1)
    made, failed = made + requests, failed + errors
    if made >= calls * marks[1] then
      print_state(("after %d calls"):format(made), running.worker)
      table.remove(marks, 1)
    end
  end
  shell.run("sleep 4")
  print_state("four seconds later", running.worker)
  print(("  %d failed"):format(failed))
end

local function workers(running)
  local _, text = shell.run(("cat /proc/%d/task/%d/children"):format(running.pid, running.pid))
  local list = {}
  for pid in text:gmatch("%d+") do list[#list + 1] = tonumber(pid) end
  return list
end

local function socket_files() return count "find /tmp -maxdepth 2 -name s -path '/tmp/celements.*'" end

-- Each request on a connection of its own: nginx closes kept ones at a reload, and wrk would call that an error.
local function many_reloads(running)
  local url = running.url .. "/celements?kind=http&path=/static"
  print(("%d reloads, %d requests in flight:"):format(reloads, IN_FLIGHT))
  local before, files = print_state("before", workers(running)[1]), socket_files()
  local seconds = math.ceil(reloads * 0.4) + 2
  shell.run(("(sleep 1; for i in $(seq %d); do kill -HUP %d; sleep 0.4; done) >/dev/null 2>&1 &"):format(
    reloads, running.pid))
  local requests, errors = wrk(url, seconds, "-H 'Connection: close'")
  shell.run("sleep 6")
  local left = workers(running)
  wrk(url, 1)
  shell.run("sleep 4")
  local after = print_state("after", left[1])
  print(("  %d requests, %d failed; left behind: %d workers, %d threads, %d socket files"):format(requests, errors,
    #left - 1, after.threads - before.threads, socket_files() - files))
end

local server = origin.start()
local running = front.start(server, core, "")
local ok, err = xpcall(function()
  many_calls(running)
  many_reloads(running)
end, debug.traceback)
local log = running.log()
running.stop()
server.stop()
if log ~= "" then io.stderr:write(log:sub(1, 2000), "\n") end
if not ok then error(err, 0) end
