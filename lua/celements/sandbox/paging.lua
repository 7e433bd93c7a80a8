--- Pages of a collection: `pageSize` with `nextPage` or `page`, counts and cursors in headers.
local base64 = require "celements.sandbox.base64"
local json = require "celements.sandbox.json"
local reply = require "celements.sandbox.reply"
local request = require "celements.sandbox.request"

local paging = {}

-- Default and maximum of `pageSize` (API documentation, for `/elements`).
local MAXIMUM = 200

-- Encodes to "/++/", so that every cursor proves that the caller percent-encodes it.
local MARK = "\255\239\191"

local function cursor_of(sequence)
  return base64.encode(("%safter %.0f"):format(MARK, sequence))
end

local function sequence_of(cursor)
  local text = base64.decode(cursor)
  return text and text:sub(1, #MARK) == MARK and tonumber(text:match("^after (%d+)$", #MARK + 1)) or nil
end

local function natural(text)
  return text:find("^%d+$") and #text < 10 and tonumber(text) or nil
end

local function positive(text)
  local number = natural(text)
  return number and number > 0 and number or nil
end

-- The index of the first item after a sequence number; items ascend by it.
local function first_after(items, total, sequence, key)
  local low, high = 1, total + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if items[middle][key] > sequence then high = middle else low = middle + 1 end
  end
  return low
end

local function settings(req, options)
  local result = { size = options.default or MAXIMUM }
  local size, cursor = request.parameter(req, "pageSize"), request.parameter(req, "nextPage")
  local page = options.paged and request.parameter(req, "page")
  local offset = options.offset and request.parameter(req, options.offset)
  if size then
    result.size = positive(size)
    if not result.size then return nil, "pageSize must be a positive integer" end
  end
  if cursor then
    result.after = sequence_of(cursor)
    if not result.after then return nil, "nextPage is not a cursor of this collection" end
  elseif page then
    result.page = positive(page)
    if not result.page then return nil, "page must be a positive integer" end
  elseif offset then
    result.offset = natural(offset)
    if not result.offset then return nil, options.offset .. " must be an integer" end
  end
  return result
end

local function kept(items, count, keep)
  local list = {}
  for index = 1, count do
    local item = items[index]
    if keep(item) then list[#list + 1] = item end
  end
  return list
end

-- Some elements count only when they are asked to (API documentation).
local function is_counted(req, total)
  if total ~= "asked" then return total ~= false end
  return request.parameter(req, "returnCount") == "true" or request.parameter(req, "returnTotalCount") == "true"
end

local function first_of(wanted, items, total, size, options)
  if not wanted.after then return (wanted.offset or ((wanted.page or 1) - 1) * size) + 1 end
  if options.sort then return wanted.after + 1 end
  return first_after(items, total, wanted.after, options.key)
end

---@class celements.sandbox.PagingOptions
---@field key string the field by which the items ascend
---@field keep? fun(item: table): boolean
---@field sort? fun(items: table[]) into another order; needs `keep`
---@field paged? boolean accepts `page`
---@field offset? string the parameter that says how many items to leave out
---@field default? integer page size
---@field cursor? boolean|"stuck" false leaves the cursor out, "stuck" gives the same one for ever
---@field total? boolean|"asked" false leaves the total out, "asked" gives it with `returnCount=true` only

--- Cuts one page out of a collection.
---@param req celements.sandbox.Request
---@param items table[] ascending by their field `key`; their number is `items.n` where they are made as they are read
---@param options celements.sandbox.PagingOptions
---@return table[]? page
---@return table|string headers or what is wrong with the query
function paging.cut(req, items, options)
  local wanted, err = settings(req, options)
  if not wanted then return nil, err end
  local headers, size = {}, wanted.size
  if size > MAXIMUM then
    size = MAXIMUM
    headers["Elements-Error"] = ("pageSize %d is over the maximum and was reduced to %d"):format(wanted.size, size)
  end
  local total = items.n or #items
  if options.keep then
    items = kept(items, total, options.keep)
    total = #items
    if options.sort then options.sort(items) end
  end
  local first = first_of(wanted, items, total, size, options)
  local page = {}
  for index = first, math.min(first + size - 1, total) do page[#page + 1] = items[index] end
  local last = first + #page - 1
  headers["Elements-Returned-Count"] = tostring(#page)
  if is_counted(req, options.total) then headers["Elements-Total-Count"] = tostring(total) end
  if options.cursor == "stuck" and #page > 0 then
    headers["Elements-Next-Page-Token"] = cursor_of(0)
  elseif options.cursor ~= false and #page > 0 and last < total then
    headers["Elements-Next-Page-Token"] = cursor_of(options.sort and last or page[#page][options.key])
  end
  return page, headers
end

--- Answers with a page that `paging.cut` gave, and for none with 404, where the switch says so.
---@param context table the handler's
---@param page table[]?
---@param headers table|string
---@param what string the items' noun
---@param shown fun(item: table): table how one looks in a reply
---@return celements.sandbox.Reply
function paging.reply(context, page, headers, what, shown)
  if not page then return reply.fail(400, headers) end
  if #page == 0 and context.switches.empty_list == "not_found" then
    return reply.fail(404, ("No %s found"):format(what))
  end
  local list = json.array()
  for index, item in ipairs(page) do list[index] = shown(item) end
  return reply.ok(list, headers)
end

--- Answers with a page of what the platform keeps.
---@param context table the handler's
---@param items table[] ascending by their field `sequence`
---@param options { what: string, keep: (fun(item: table): boolean), shown: fun(item: table): table }
---@return celements.sandbox.Reply
function paging.answer(context, items, options)
  local page, headers = paging.cut(context.request, items, {
    key = "sequence", keep = options.keep, total = context.switches.total_count,
  })
  return paging.reply(context, page, headers, options.what, options.shown)
end

return paging
