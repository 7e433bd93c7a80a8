--- A peer in `make bench`: curl's command line, many calls in one process, over kept connections, and lua-cjson in
-- another, which decodes the answers.
--
-- Only whole processes can be measured, so what few calls took is taken off.
-- usage: as in bench/meter.lua, then the program of bench/measure.c
local url, calls, in_flight = arg[1], tonumber(arg[2]), tonumber(arg[3])
local body_file, ca_file, http, measure = arg[4], arg[5], arg[6], arg[7]

local quote = require("celements.sandbox.shell").quote

local function interpreter()
  local index = 0
  while arg[index - 1] do index = index - 1 end
  return arg[index]
end

-- The answer ends with a line feed.
local DECODE = "local decode = require('cjson').decode for line in io.lines() do decode(line) end"

-- curl counts the calls up in the URL's fragment, which is not sent.
local function run(count)
  local parts = {
    "curl --disable --silent --no-progress-meter --show-error --fail",
    http == "2" and "--http2" or "--http1.1",
    "--data-binary", quote("@" .. body_file), "--header 'Content-Type: application/json'",
    "--header 'Accept: application/json'",
    "--header 'Authorization: User bench-user, Organization bench-organization'",
    quote(("%s#[1-%d]"):format(url, count)),
  }
  if ca_file ~= "" then table.insert(parts, "--cacert " .. quote(ca_file)) end
  if in_flight > 1 then table.insert(parts, ("--parallel --parallel-max %d"):format(in_flight)) end
  local both = ("%s | %s -e %s"):format(table.concat(parts, " "), interpreter(), quote(DECODE))
  local pipe = io.popen(("%s sh -c %s"):format(quote(measure), quote(both)))
  local text = pipe:read("*a")
  pipe:close()
  local cpu, wall, peak = text:match("^(%d+) (%d+) (%d+)\n$")
  return assert(cpu, text), wall, peak
end

local few = 100 + 4 * in_flight
local few_cpu, few_wall = run(few)
local cpu, wall, peak = run(few + calls)
print(("%.3f %.3f %d"):format((cpu - few_cpu) / calls, (wall - few_wall) / calls, peak))
