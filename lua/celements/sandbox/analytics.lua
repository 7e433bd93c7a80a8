--- Handlers that count events over time.
local accounts = require "celements.sandbox.accounts"
local calendar = require "celements.sandbox.calendar"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local analytics = {}

local MOST = 10000 -- buckets of one answer

-- Where the buckets begin: both ends have one, so that an hour by minutes has 61 (observed).
local function range(context)
  local now = math.floor(context.state.now())
  local from, to = request.parameter(context.request, "from"), request.parameter(context.request, "to")
  local interval = request.parameter(context.request, "interval") or "day"
  local step, last = calendar.INTERVALS[interval], to and calendar.read(to)
  if not to then last = now end
  local first = from and calendar.read(from)
  if not from then first = last and last - calendar.INTERVALS.week end
  if not step then return nil, "interval must be minute, hour, day or week" end
  if not first or not last or first > last then return nil, "from and to must be a range of ISO 8601 times" end
  local count = math.floor((last - first) / step) + 1
  if count > MOST then return nil, "The range has too many intervals" end
  return { first = first, last = last, step = step, count = count }
end

local function foreign_account(context)
  for _, id in ipairs(request.all(context.request, "accountIds[]")) do
    if id ~= accounts.ID then return reply.fail(403, "No access to account " .. id) end
  end
end

-- Every bucket as an object, filled by `count(bucket, record)`.
local function buckets(context, make, count)
  local refusal = foreign_account(context)
  if refusal then return refusal end
  local wanted, err = range(context)
  if not wanted then return reply.fail(400, err) end
  local list = json.array()
  for index = 1, wanted.count do
    list[index] = make(calendar.write(wanted.first + (index - 1) * wanted.step))
  end
  for _, record in ipairs(context.state.notifications) do
    local at = math.floor(record.at)
    if at >= wanted.first and at <= wanted.last then
      count(list[math.floor((at - wanted.first) / wanted.step) + 1], record)
    end
  end
  return reply.ok(list)
end

--- `GET /instances/events/analytics`.
function analytics.all(context)
  return buckets(context, function(timestamp)
    return json.object({ timestamp = timestamp, count = 0 }, { "timestamp", "count" })
  end, function(bucket)
    bucket.count = bucket.count + 1
  end)
end

local function grouped(field, id_of)
  return function(context)
    return buckets(context, function(timestamp)
      return json.object({ timestamp = timestamp, total = 0, records = json.array() },
        { "timestamp", "total", "records" })
    end, function(bucket, record)
      local id, found = id_of(record), nil
      for _, entry in ipairs(bucket.records) do
        if entry[field] == id then found = entry end
      end
      if not found then
        found = json.object({ count = 0, success = 0, failed = 0, [field] = id },
          { "count", "success", "failed", field })
        table.insert(bucket.records, found)
      end
      local outcome = record.status == "delivered" and "success" or record.status == "queued" and "failed"
      bucket.total, found.count = bucket.total + 1, found.count + 1
      if outcome then found[outcome] = found[outcome] + 1 end
    end)
  end
end

--- `GET /instances/events/analytics/instances`.
analytics.by_instance = grouped("instanceId", function(record) return json.integer(record.instance.id) end)

--- `GET /instances/events/analytics/accounts`.
analytics.by_account = grouped("accountId", function() return tonumber(accounts.ID) end)

return analytics
