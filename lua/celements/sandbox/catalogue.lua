--- Handlers of `/elements`.
local ceql = require "celements.sandbox.ceql"
local elements = require "celements.sandbox.elements"
local json = require "celements.sandbox.json"
local paging = require "celements.sandbox.paging"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local catalogue = {}

-- Sent when the request has an Origin (observed).
local EXPOSED = "Elements-Returned-Count, Elements-Total-Count, Elements-Request-Id, Elements-Next-Page-Token, "
  .. "Elements-Trace-Id, Elements-Error, Content-Disposition"

--- Finds the element that a path names.
---@param context table
---@return celements.sandbox.Element? element
---@return celements.sandbox.Reply? refusal
function catalogue.find(context)
  local name = context.captures.element
  local element = elements.find(name)
  if element then return element end
  return nil, reply.fail(404, "No element found with key or ID " .. name)
end

--- `GET /elements`.
function catalogue.list(context)
  local where, keep = request.parameter(context.request, "where"), nil
  if where then
    local terms, err = ceql.parse(where)
    if not terms then return reply.fail(400, err) end
    keep = function(element)
      local object = element.object
      return ceql.matches(terms, setmetatable({ private = object.private or false }, { __index = object }))
    end
  end
  local page, headers = paging.cut(context.request, elements.list, {
    key = "id", keep = keep, total = context.switches.total_count,
  })
  if not page then return reply.fail(400, headers) end
  local list = json.array()
  for index, element in ipairs(page) do list[index] = element.object end
  if context.request.headers.origin then headers["Access-Control-Expose-Headers"] = EXPOSED end
  return reply.ok(list, headers)
end

--- `GET /elements/keys`.
function catalogue.keys()
  local keys = json.array()
  for index, element in ipairs(elements.list) do keys[index] = element.key end
  return reply.ok(keys)
end

--- `GET /elements/{keyOrId}`.
function catalogue.get(context)
  local element, refusal = catalogue.find(context)
  return element and reply.ok(elements.full(element)) or refusal
end

--- `GET /elements/{keyOrId}/configuration`.
function catalogue.configuration(context)
  local element, refusal = catalogue.find(context)
  return element and reply.ok(element.configuration) or refusal
end

return catalogue
