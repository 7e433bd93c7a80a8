--- Handlers of `/messages`, which the messaging elements have.
local body = require "celements.sandbox.body"
local calendar = require "celements.sandbox.calendar"
local ceql = require "celements.sandbox.ceql"
local hubs = require "celements.sandbox.hubs"
local json = require "celements.sandbox.json"
local paging = require "celements.sandbox.paging"
local query = require "celements.sandbox.query"
local reply = require "celements.sandbox.reply"

local messages = {}

local REQUIRED = { "from", "to", "subject", "message" }
local FIELDS = {
  "id", "providerName", "subject", "message", "priority", "status", "direction", "sent", "received", "sentTime",
  "mimeType", "clickTrack", "openTrack", "from", "to", "cc",
}
local SENT = { "cc", "mimeType", "priority", "clickTrack", "openTrack" }

local function id_of(sequence, style)
  local digits = ("%.0f"):format(sequence)
  if style == "number" then return json.integer(digits) end
  digits = "9" .. ("0"):rep(18 - #digits) .. digits -- 19 digits still fit a signed 64-bit integer
  return style == "string" and digits or json.integer(digits)
end

local function id_text(id)
  if type(id) == "number" then return json.number(id) end
  return type(id) == "string" and id or json.encode(id)
end

-- A message without its null fields, unless the instance asks for them; of the fields wanted, where some are.
local function shown(context, message, wanted)
  local filter = context.instance.configuration["filter.response.nulls"]
  local object = {}
  for key, value in pairs(message.fields) do object[key] = value end
  if filter == "false" then
    for _, key in ipairs(SENT) do object[key] = object[key] == nil and json.null or object[key] end
  end
  for key in pairs(object) do
    if wanted and not wanted[key] then object[key] = nil end
  end
  return json.object(object, FIELDS)
end

-- A list that makes its messages as they are read, so that a long one takes no memory.
local function generated(context, count)
  local at = context.state.now() - context.switches.message_delay
  local function make(_, index)
    if index < 1 or index > count then return nil end
    return { sequence = index, at = at, fields = {
      id = id_of(index, context.switches.message_id), subject = ("Message %.0f"):format(index), message = "Generated",
      from = "sender@example.com", to = "reader@example.com", status = "sent", sent = true, received = false,
    } }
  end
  return setmetatable({ n = count }, { __index = make })
end

local function readable(context, message)
  return message.at + context.switches.message_delay <= context.state.now()
end

--- `POST /messages`.
messages.create = hubs.having("messages", function(context)
  local sent, refusal = body.object(context.request.body)
  if not sent then return refusal end
  local missing = {}
  for _, key in ipairs(REQUIRED) do
    if type(sent[key]) ~= "string" or sent[key] == "" then missing[#missing + 1] = key end
  end
  if #missing > 0 then return reply.fail(400, "Missing required fields: " .. table.concat(missing, ", ")) end
  local now, sequence = context.state.now(), context.state:next_sequence()
  local fields = {
    id = id_of(sequence, context.switches.message_id), providerName = context.instance.element.key:upper(),
    status = "sent", direction = "outbound", sent = true, received = false,
    sentTime = calendar.write(now),
  }
  for _, key in ipairs(REQUIRED) do fields[key] = sent[key] end
  for _, key in ipairs(SENT) do
    if sent[key] ~= json.null then fields[key] = sent[key] end
  end
  local message = { sequence = sequence, at = now, fields = fields }
  table.insert(context.instance.messages, message)
  return reply.ok(shown(context, message))
end)

--- `GET /messages/{id}`. A message becomes readable some seconds after it was sent (observed).
messages.get = hubs.having("messages", function(context)
  for _, message in ipairs(context.instance.messages) do
    if id_text(message.fields.id) == context.captures.id and readable(context, message) then
      return reply.ok(shown(context, message))
    end
  end
  return reply.fail(404, "No message found with ID " .. context.captures.id)
end)

--- `GET /messages`, by `page` or by cursor, with `where`, `orderBy` and `fields`.
messages.list = hubs.having("messages", function(context)
  local wanted, err = query.read(context.request)
  if not wanted then return reply.fail(400, err) end
  local switches, items = context.switches, context.instance.messages
  if switches.messages > 0 then items = generated(context, switches.messages) end
  local function keep(message)
    return readable(context, message) and (not wanted.terms or ceql.matches(wanted.terms, message.fields))
  end
  local page, headers = paging.cut(context.request, items, {
    key = "sequence", paged = switches.message_page,
    cursor = switches.message_cursor, total = switches.total_count,
    keep = (not items.n or wanted.terms or wanted.order) and keep or nil,
    sort = wanted.order and function(list) query.sort(list, wanted.order) end,
  })
  if not page then return reply.fail(400, headers) end
  if #page == 0 and switches.empty_messages == "not_found" then return reply.fail(404, "No messages found") end
  local list = json.array()
  for index, message in ipairs(page) do list[index] = shown(context, message, wanted.fields) end
  return reply.ok(list, headers)
end)

return messages
