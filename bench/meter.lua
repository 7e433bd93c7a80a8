--- What the Lua workers of `make bench` share: their arguments, when the clock runs, and what they print.
--
-- usage of each: URL CALLS IN_FLIGHT BODY_FILE CA_FILE 1|2
-- It prints for each call the microseconds of CPU and of wall time, then the peak memory in KiB.
local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local meter = {
  url = arg[1], calls = tonumber(arg[2]), in_flight = tonumber(arg[3]), ca_file = arg[5], http2 = arg[6] == "2",
}

meter.body = read(arg[4])
meter.authorization = "User bench-user, Organization bench-organization"
meter.agent = "celements-peers" -- as long as that of celements

-- Enough to open every connection.
local warm_up = 100 + 4 * meter.in_flight

--- How many calls to make: those that are measured lie between others, so that neither connecting nor a time when
--- fewer are in flight is counted.
meter.total = warm_up + meter.calls + meter.in_flight

local answers, cpu, wall = 0, nil, nil

--- A function that must be called after each answer. It does next to nothing: what it takes is counted, too.
---@param now fun(): number the time in seconds
---@return fun() answered
function meter.counter(now)
  local due = warm_up
  return function()
    answers = answers + 1
    if answers ~= due then return end
    if due == warm_up then
      cpu, wall, due = os.clock(), now(), warm_up + meter.calls
    else
      cpu, wall = os.clock() - cpu, now() - wall
    end
  end
end

--- Prints what was measured.
function meter.report()
  assert(answers == meter.total, "not every call was answered")
  print(("%.3f %.3f %s"):format(cpu / meter.calls * 1e6, wall / meter.calls * 1e6,
    read("/proc/self/status"):match("VmHWM:%s*(%d+)")))
end

--- Loads a module, or ends the process saying that it is not here.
---@param name string
---@return any
function meter.require(name)
  local ok, module = pcall(require, name)
  if ok then return module end
  print("not here")
  os.exit(0)
end

return meter
