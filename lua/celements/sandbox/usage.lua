--- Handlers of the platform's log of hub calls, `/usage`.
local calendar = require "celements.sandbox.calendar"
local json = require "celements.sandbox.json"
local paging = require "celements.sandbox.paging"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local usage = {}

local DEFAULT_SIZE = 100
local MOST_BUCKETS = 10000
local ANALYTICS = { times = true, statuses = true, activity = true }

-- The documented names of an entry's fields, and the observed ones.
local SHAPES = {
  camel = {
    id = "id", request = "requestId", status = "requestStatus", method = "requestMethod", uri = "requestURI",
    element = "elementKey", time = "processTime", date = "createdDate",
  },
  snake = {
    id = "traffic_id", request = "request_id", status = "request_status", method = "request_method",
    uri = "request_uri", element = "element_key", time = "process_time", date = "traffic_date",
  },
}
local ORDER = { "id", "request", "status", "method", "uri", "element", "time", "date" }

--- Notes a hub call.
---@param state celements.sandbox.State
---@param req celements.sandbox.Request
---@param instance celements.sandbox.Instance
---@param response celements.sandbox.Response
function usage.note(state, req, instance, response)
  state:log {
    at = state.now(), instance = instance, request = response.headers["Elements-Request-Id"], method = req.method,
    path = req.path, status = response.status < 400 and "success" or "failed",
  }
end

local function id_of(entry)
  return ("traffic-%.0f"):format(entry.sequence)
end

local function view(entry, shape)
  local names, fields, order = SHAPES[shape], {}, {}
  local values = {
    id = id_of(entry), request = entry.request, status = entry.status, method = entry.method, uri = entry.path,
    element = entry.instance.element.key, time = 1, date = calendar.write(entry.at),
  }
  for index, name in ipairs(ORDER) do fields[names[name]], order[index] = values[name], names[name] end
  return json.object(fields, order)
end

local function contains_any(list, wanted)
  for _, value in ipairs(wanted) do
    for _, each in ipairs(list) do
      if each == value then return true end
    end
  end
  return #wanted == 0
end

-- The time asked about: the last seven days by default.
local function period(context)
  local now = context.state.now()
  local from, to = request.parameter(context.request, "from"), request.parameter(context.request, "to")
  from = not from and now - calendar.INTERVALS.week or calendar.read(from)
  to = not to and now or calendar.read(to)
  if not from or not to or from > to then return nil, "from and to must be ISO 8601 dates, from not after to" end
  return from, to
end

local function filter(context, from, to)
  local req = context.request
  local hub, status, text = request.parameter(req, "hub"), request.parameter(req, "status"),
    request.parameter(req, "searchText")
  local keys, tags = request.all(req, "keys[]"), request.all(req, "tags[]")
  local visible_until = context.state.now() - context.switches.usage_delay
  return function(entry)
    local instance = entry.instance
    return entry.at >= from and entry.at <= to and entry.at <= visible_until
      and (not hub or instance.element.hub == hub) and (not status or entry.status == status)
      and (not text or entry.path:find(text, 1, true) ~= nil)
      and contains_any({ instance.element.key }, keys) and contains_any(instance.tags, tags)
  end
end

--- `GET /usage`. None is 404 (observed).
function usage.list(context)
  local from, to = period(context)
  if not from then return reply.fail(400, to) end
  local page, headers = paging.cut(context.request, context.state:calls(), {
    key = "sequence", default = DEFAULT_SIZE, offset = "pageOffset", total = context.switches.total_count,
    keep = filter(context, from, to),
  })
  if not page then return reply.fail(400, headers) end
  if #page == 0 then return reply.fail(404, "No usage found") end
  local list = json.array()
  for index, entry in ipairs(page) do list[index] = view(entry, context.switches.usage_shape) end
  return reply.ok(list, headers)
end

--- `GET /usage/{id}`, by an entry's own id or that of the request (observed).
function usage.get(context)
  local id, keep = context.captures.id, filter(context, 0, context.state.now())
  for _, entry in ipairs(context.state:calls()) do
    if (id_of(entry) == id or entry.request == id) and keep(entry) then
      return reply.ok(view(entry, context.switches.usage_shape))
    end
  end
  return reply.fail(404, "No usage found with ID " .. id)
end

--- `GET /usage/analytics/times`, `.../statuses` and `.../activity`.
function usage.analytics(context)
  if not ANALYTICS[context.captures.kind] then
    return reply.fail(404, "No resource found at " .. context.request.path)
  end
  local from, to = period(context)
  if not from then return reply.fail(400, to) end
  local length = calendar.INTERVALS[request.parameter(context.request, "interval") or "hour"]
  if not length then return reply.fail(400, "interval must be minute, hour, day or week") end
  if (to - from) / length > MOST_BUCKETS then return reply.fail(400, "the interval is too short for the period") end
  local keep, counts, found = filter(context, from, to), {}, false
  for _, entry in ipairs(context.state:calls()) do
    if keep(entry) then
      local bucket = math.floor(entry.at / length)
      counts[bucket], found = (counts[bucket] or 0) + 1, true
    end
  end
  if not found then return reply.fail(404, "No usage found") end
  local list = json.array()
  for bucket = math.floor(from / length), math.floor(to / length) do
    list[#list + 1] = json.object(
      { timestamp = calendar.write(bucket * length), count = counts[bucket] or 0 }, { "timestamp", "count" })
  end
  return reply.ok(list)
end

return usage
