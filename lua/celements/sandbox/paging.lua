--- Pages of a collection: `pageSize` with `nextPage` or `page`, counts and cursors in headers.
local base64 = require "celements.sandbox.base64"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local paging = {}

--- Default and maximum of `pageSize` (API documentation, for `/elements`).
paging.MAXIMUM = 200

-- Encodes to "/++/", so that every cursor proves that the caller percent-encodes it.
local MARK = "\255\239\191"

local function cursor_of(sequence)
  return base64.encode(("%safter %.0f"):format(MARK, sequence))
end

local function sequence_of(cursor)
  local text = base64.decode(cursor)
  return text and text:sub(1, #MARK) == MARK and tonumber(text:match("^after (%d+)$", #MARK + 1)) or nil
end

local function positive(text)
  local number = text:find("^%d+$") and #text < 10 and tonumber(text)
  return number and number > 0 and number or nil
end

-- The index of the first item after a sequence number; items ascend by it.
local function first_after(items, sequence, key)
  local low, high = 1, #items + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if items[middle][key] > sequence then high = middle else low = middle + 1 end
  end
  return low
end

local function settings(req, paged)
  local result = { size = paging.MAXIMUM }
  local size, cursor = request.parameter(req, "pageSize"), request.parameter(req, "nextPage")
  if size then
    result.size = positive(size)
    if not result.size then return nil, "pageSize must be a positive integer" end
  end
  if cursor then
    result.after = sequence_of(cursor)
    if not result.after then return nil, "nextPage is not a cursor of this collection" end
  elseif paged and request.parameter(req, "page") then
    result.page = positive(request.parameter(req, "page"))
    if not result.page then return nil, "page must be a positive integer" end
  end
  return result
end

--- Cuts one page out of a collection.
---@param req celements.sandbox.Request
---@param items table[] ascending by their field `key`
---@param options { key: string, keep?: (fun(item: table): boolean), paged?: boolean, cursor?: boolean,
---  total?: boolean } `paged` accepts `page`; `cursor = false` and `total = false` leave the headers out
---@return table[]? page
---@return table|string headers or what is wrong with the query
function paging.cut(req, items, options)
  local wanted, err = settings(req, options.paged)
  if not wanted then return nil, err end
  local headers, size = {}, wanted.size
  if size > paging.MAXIMUM then
    size = paging.MAXIMUM
    headers["Elements-Error"] = ("pageSize %d is over the maximum and was reduced to %d"):format(wanted.size, size)
  end
  local total = #items
  if options.keep then
    local kept = {}
    for _, item in ipairs(items) do
      if options.keep(item) then kept[#kept + 1] = item end
    end
    items, total = kept, #kept
  end
  local first = wanted.after and first_after(items, wanted.after, options.key) or ((wanted.page or 1) - 1) * size + 1
  local page = {}
  for index = first, math.min(first + size - 1, total) do page[#page + 1] = items[index] end
  headers["Elements-Returned-Count"] = tostring(#page)
  if options.total ~= false then headers["Elements-Total-Count"] = tostring(total) end
  if options.cursor ~= false and #page > 0 and first + #page - 1 < total then
    headers["Elements-Next-Page-Token"] = cursor_of(page[#page][options.key])
  end
  return page, headers
end

--- Answers with a page of what the platform keeps, and for none with 404, where the switch says so.
---@param context table the handler's
---@param items table[] ascending by their field `sequence`
---@param options { what: string, keep: (fun(item: table): boolean), shown: fun(item: table): table }
---@return celements.sandbox.Reply
function paging.answer(context, items, options)
  local page, headers = paging.cut(context.request, items, {
    key = "sequence", keep = options.keep, total = context.switches.total_count,
  })
  if not page then return reply.fail(400, headers) end
  if #page == 0 and context.switches.empty_list == "not_found" then
    return reply.fail(404, ("No %s found"):format(options.what))
  end
  local list = json.array()
  for index, item in ipairs(page) do list[index] = options.shown(item) end
  return reply.ok(list, headers)
end

return paging
