--- Counts calls in all workers, and prints what Prometheus reads.
local metrics = {}

local BOUNDS = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120 } -- seconds
local dict = ngx.shared.metrics

local function add(name, labels, count)
  local key = labels and ("%s{%s}"):format(name, labels) or name
  dict:incr(key, count or 1, 0)
end

--- Makes a call, and counts how it ends and how long it takes.
---@param name string
---@param work fun(): any, any
---@return any result
---@return any info or the error
function metrics.call(name, work)
  local label = ('call="%s"'):format(name)
  add("celements_calls_in_flight", label)
  ngx.update_time()
  local start = ngx.now()
  local result, info = work()
  ngx.update_time()
  local seconds = ngx.now() - start
  add("celements_calls_in_flight", label, -1)
  add("celements_calls_total", ('%s,result="%s"'):format(label, result ~= nil and "ok" or info.kind))
  add("celements_retries_total", label, math.max(0, (info.attempts or 1) - 1))
  for _, bound in ipairs(BOUNDS) do
    add("celements_call_seconds_bucket", ('%s,le="%g"'):format(label, bound), seconds <= bound and 1 or 0)
  end
  add("celements_call_seconds_bucket", label .. ',le="+Inf"')
  add("celements_call_seconds_count", label)
  add("celements_call_seconds_sum", label, seconds)
  return result, info
end

--- Counts an event that the platform told of.
---@param kind string
function metrics.event(kind)
  add("celements_events_total", ('type="%s"'):format(kind:match("^%u+$") or "UNKNOWN"))
end

local TYPES = {
  { "celements_call_seconds", "histogram", "How long calls took." },
  { "celements_calls_in_flight", "gauge", "Calls that have not ended." },
  { "celements_calls_total", "counter", "Calls that ended, and how." },
  { "celements_events_total", "counter", "Events that the platform told of." },
  { "celements_retries_total", "counter", "Calls that were made again." },
}

-- Of a histogram the bounds come in order, which the alphabet does not keep.
local function in_order(a, b)
  local first, second = a:match('le="([%d.]+)"'), b:match('le="([%d.]+)"')
  local same = a:gsub('le=".-"', "") == b:gsub('le=".-"', "")
  if not same then return a < b end
  return (tonumber(first) or math.huge) < (tonumber(second) or math.huge)
end

--- Prints everything as Prometheus reads it.
function metrics.print()
  local keys = dict:get_keys(0)
  table.sort(keys, in_order)
  for _, each in ipairs(TYPES) do
    ngx.say(("# HELP %s %s\n# TYPE %s %s"):format(each[1], each[3], each[1], each[2]))
    for _, key in ipairs(keys) do
      if key:sub(1, #each[1]) == each[1] then ngx.say(key, " ", dict:get(key)) end
    end
  end
end

return metrics
