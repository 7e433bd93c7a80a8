--- Handlers of `/messages`, which the messaging elements have.
local ceql = require "celements.sandbox.ceql"
local hubs = require "celements.sandbox.hubs"
local json = require "celements.sandbox.json"
local paging = require "celements.sandbox.paging"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"
local time = require "celements.sandbox.time"

local messages = {}

local REQUIRED = { "from", "to", "subject", "message" }
local FIELDS = {
  "id", "providerName", "subject", "message", "priority", "status", "direction", "sent", "received", "sentTime",
  "mimeType", "clickTrack", "openTrack", "from", "to", "cc",
}
local SENT = { "cc", "mimeType", "priority", "clickTrack", "openTrack" }

local function messaging(handler)
  return hubs.provider(function(context)
    for _, name in ipairs(context.instance.element.objects) do
      if name == "messages" then return handler(context) end
    end
    return reply.fail(404, "This API is not currently supported for this element")
  end)
end

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

-- A message without its null fields, unless the instance asks for them.
local function shown(context, message)
  local filter = context.instance.configuration["filter.response.nulls"]
  local object = {}
  for key, value in pairs(message.fields) do object[key] = value end
  if filter == "false" then
    for _, key in ipairs(SENT) do object[key] = object[key] == nil and json.null or object[key] end
  end
  return json.object(object, FIELDS)
end

local function readable(context, message)
  return message.at + context.switches.message_delay <= context.state.now()
end

--- `POST /messages`.
messages.create = messaging(function(context)
  local sent, err = json.decode(context.request.body)
  if err then return reply.fail(400, "Malformed JSON in the request body: " .. err) end
  if not json.is_object(sent) then return reply.fail(400, "The request body must be a JSON object") end
  local missing = {}
  for _, key in ipairs(REQUIRED) do
    if type(sent[key]) ~= "string" or sent[key] == "" then missing[#missing + 1] = key end
  end
  if #missing > 0 then return reply.fail(400, "Missing required fields: " .. table.concat(missing, ", ")) end
  local now, sequence = context.state.now(), context.state:next_sequence()
  local fields = {
    id = id_of(sequence, context.switches.message_id), providerName = context.instance.element.key:upper(),
    status = "sent", direction = "outbound", sent = true, received = false,
    sentTime = time.text(now),
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
messages.get = messaging(function(context)
  for _, message in ipairs(context.instance.messages) do
    if id_text(message.fields.id) == context.captures.id and readable(context, message) then
      return reply.ok(shown(context, message))
    end
  end
  return reply.fail(404, "No message found with ID " .. context.captures.id)
end)

--- `GET /messages`, by `page` or by cursor, with `where`.
messages.list = messaging(function(context)
  local where = request.parameter(context.request, "where")
  local terms, err = {}, nil
  if where then terms, err = ceql.parse(where) end
  if not terms then return reply.fail(400, err) end
  local page, headers = paging.cut(context.request, context.instance.messages, {
    key = "sequence", paged = true,
    cursor = context.switches.message_cursor, total = context.switches.total_count,
    keep = function(message)
      return readable(context, message) and ceql.matches(terms, message.fields)
    end,
  })
  if not page then return reply.fail(400, headers) end
  local list = json.array()
  for index, message in ipairs(page) do list[index] = shown(context, message) end
  return reply.ok(list, headers)
end)

return messages
