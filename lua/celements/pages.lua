--- Going through a collection page by page.

local copy = require "celements.copy"
local core = require "celements.core"
local request = require "celements.request"

local pages = {}

-- The platform's own default and maximum (API documentation).
local PAGE_SIZE = 200

-- A 200 without a body may be anything's.
local NO_CONTENT = 204

--- What is told of an answer that said 404 for nothing.
---@param err celements.Error
---@param begun number when the call began
---@return celements.Info
function pages.about_nothing(err, begun)
  return request.info {
    status = err.status, attempts = err.attempts, tries = err.tries, request_id = err.request_id,
    hook_error = err.hook_error, duration = core.now() - begun,
  }
end

--- Fetches one page of a collection. An empty collection is an empty list, also when the platform says 404 or 204.
---@param context celements.Context
---@param where string
---@param path string
---@param given celements.CallOptions
---@param level integer
---@return table? list
---@return celements.Info|celements.Error
function pages.get(context, where, path, given, level)
  local begun = core.now()
  local list, info = request.perform(context, where, "GET", path, given, level + 1)
  if list == nil and info.finds_nothing then
    return setmetatable({}, core.array_mt), pages.about_nothing(info, begun)
  end
  if list == true and info.status == NO_CONTENT then return setmetatable({}, core.array_mt), info end
  if list ~= nil and (type(list) ~= "table" or getmetatable(list) ~= core.array_mt) then
    return nil, request.fault("the answer is not a list", "GET", path, info)
  end
  return list, info
end

-- Brent's way to notice a circle of cursors: one earlier cursor is enough to remember, however long the list.
local function goes_in_a_circle(self, cursor)
  if cursor == self.milestone then return true end
  self.cursors = self.cursors + 1
  if self.cursors == self.next_milestone then
    self.milestone, self.next_milestone = cursor, self.next_milestone * 2
  end
  return false
end

-- Enough of a page to tell it from the one before.
local function fingerprint(list)
  return tostring(core.encode(list[1])) .. tostring(core.encode(list[#list]))
end

-- A page may be capped below the size that was asked for; the platform then says so (API documentation). A total that
-- is less than what has come tells nothing.
local function is_last(self, list, info)
  if #list == 0 then return true end
  if info.total and info.total >= self.seen then return info.total == self.seen end
  if #list > self.query.pageSize then return true end -- more than asked for: everything
  return #list < self.query.pageSize and not info.advice
end

--- A collection, page by page: `local page, info = pages:next()`. One page is held at a time, by whoever got it.
---@class celements.Pages
---@field err celements.Error? why the last page did not come
---@field private query table? of the next page; nil at the end
---@field private style "platform"|"cursor"|"number"|"any"
---@field private page integer the number of the next page, where pages are counted
---@field private seen integer items so far
---@field private turn integer pages so far
local Pages = { __name = "celements.Pages" }
Pages.__index = Pages

local function stop(self, message, hint)
  self.query, self.call = nil, nil
  if not message then return end
  self.fault = request.fault(message, "GET", self.path)
  self.fault.hint = hint
end

local function advance_by_number(self, list, info)
  info.page = self.page
  self.seen = self.seen + #list
  self.print = #list > 0 and fingerprint(list)
  if is_last(self, list, info) then return stop(self) end
  self.page = self.page + 1
  self.query.page = self.page
end

-- What comes before a page that was asked for by where it begins.
local function skipped(query)
  return tonumber(query.offset or query.pageOffset) or ((tonumber(query.page) or 1) - 1) * query.pageSize
end

-- Prepares for the page after this one.
local function advance(self, list, info)
  local query, cursor = self.query, self.style ~= "number" and info.next_page
  if cursor then
    if goes_in_a_circle(self, cursor) then
      return stop(self, "the platform gives the same pages again and again",
        'try paging = "number", or another page_size')
    end
    query.nextPage, query.page = cursor, nil
  elseif query.nextPage or self.style == "cursor" then
    stop(self)
  elseif self.style == "platform" then
    local rest = info.total and #list > 0 and info.total > skipped(query) + #list
    stop(self, rest and "there are more items, but the platform names no next page" or nil,
      rest and "ask for the rest with the parameters that this path knows, such as query = { offset = … }")
  elseif list[1] ~= nil and self.print == fingerprint(list) then
    stop(self, "the platform gives the same page again: it may not know the parameter 'page'",
      'if that page is all there is, say so with paging = "cursor"')
    return true
  else
    advance_by_number(self, list, info)
  end
end

local function fetch(self, level)
  if not self.query then
    self.err = self.fault
    return nil, self.fault
  end
  local turn = self.turn
  local list, info = pages.get(self.context, self.where, self.path, self.call, level + 1)
  if self.turn ~= turn then
    error(self.where .. ": two coroutines asked for the same page: let one of them ask", level + 1)
  end
  if list and self.take then list, info = self.take(list, info, self.path) end
  self.err = list == nil and info or nil
  if not list then return nil, info end
  self.turn = turn + 1
  if advance(self, list, info) then return fetch(self, level) end
  return list, info
end

--- Fetches the next page. One that did not come is asked for again by the next call.
---@return any[]? page nil at the end, and when it did not come
---@return celements.Info|celements.Error|nil info nil at the end
function Pages:next()
  local list, info = fetch(self, 2)
  return list, info
end
Pages.__call = Pages.next

--- Goes through a collection page by page. Nothing is sent before the first page is asked for.
---@param context celements.Context
---@param where string
---@param path string
---@param given celements.CallOptions
---@param style "platform"|"cursor"|"number"|"any" the platform's own collections have cursors, others may
--- count pages from 1
---@param take (fun(list: table, info: celements.Info, path: string): table?, any)? what becomes of a page, or an error
---@return celements.Pages
function pages.walk(context, where, path, given, style, take)
  local call, query = copy(given), copy(given.query)
  query.pageSize = tonumber(query.pageSize) or PAGE_SIZE
  call.query = query
  local page = tonumber(query.page) or 1
  if style == "number" then query.page = page end
  return setmetatable({
    context = context, where = where, path = path, call = call, query = query, style = style, take = take,
    page = page, seen = 0, turn = 0, cursors = 0, next_milestone = 1,
  }, Pages)
end

--- A collection, item by item: `for item, info in items do`.
---@class celements.Items
local Items = { __name = "celements.Items" }
Items.__index = Items

local NONE = {}

--- Gives the next item. Raises the error's table when a page did not come, as `io.lines` does: it must not look like
--- the end. That page is asked for again by the next call.
---@return any item nil at the end
---@return celements.Info? info that of the item's page
function Items:next()
  local at = self.at + 1
  while self.list[at] == nil do
    self.list, self.at, at = NONE, 0, 1
    local list, info = fetch(self.pages, 2)
    if not list then
      if info then error(info, 0) end
      return nil
    end
    self.list, self.info = list, info
  end
  self.at = at
  return self.list[at], self.info
end
Items.__call = Items.next

--- Goes through the items of a collection; one page is held at a time. The loop's second value is the page's info.
---@param context celements.Context
---@param where string
---@param path string
---@param given celements.CallOptions
---@param style "platform"|"cursor"|"number"|"any" as for `pages.walk`
---@param take (fun(list: table, info: celements.Info, path: string): table?, any)? as for `pages.walk`
---@return celements.Items
function pages.each(context, where, path, given, style, take)
  return setmetatable({
    pages = pages.walk(context, where, path, given, style, take), list = NONE, at = 0, info = nil,
  }, Items)
end

return pages
