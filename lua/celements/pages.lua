--- Going through a collection page by page.

local core = require "celements.core"
local request = require "celements.request"

local pages = {}

-- The platform's own default and maximum (API documentation).
local PAGE_SIZE = 200

--- Whether an error says that a collection is empty.
-- An empty collection is often answered with 404 (API documentation: "No users found"; observed). The text of a
-- missing object goes on ("No account found with ID 123"), and stays an error.
---@param err celements.Error
---@return boolean
function pages.is_empty(err)
  return err.status == 404 and err.message:find("^No .+ found%.?$") ~= nil
end

--- Fetches one page of a collection. An empty collection is an empty list, also when the platform says 404.
---@param context celements.Context
---@param where string
---@param path string
---@param given celements.CallOptions
---@param level integer
---@return table? list
---@return celements.Info|celements.Error
function pages.get(context, where, path, given, level)
  local list, info = request.perform(context, where, "GET", path, given, level + 1)
  if list == nil and pages.is_empty(info) then
    return setmetatable({}, core.array_mt), request.info { status = 404, attempts = info.attempts }
  end
  if list ~= nil and (type(list) ~= "table" or getmetatable(list) ~= core.array_mt) then
    return nil, request.fault("the answer is not a list", "GET", path)
  end
  return list, info
end

local function copy(map)
  local new = {}
  for name, value in pairs(map or {}) do new[name] = value end
  return new
end

-- Brent's way to notice a circle of cursors: one earlier cursor is enough to remember, however long the list.
local function goes_in_a_circle(state, cursor)
  if cursor == state.milestone then return true end
  state.cursors = state.cursors + 1
  if state.cursors == state.next_milestone then
    state.milestone, state.next_milestone = cursor, state.next_milestone * 2
  end
  return false
end

-- Enough of a page to tell it from the one before.
local function fingerprint(list)
  return tostring(core.encode(list[1])) .. tostring(core.encode(list[#list]))
end

-- A page may be capped below the size that was asked for; the Elements-Error header then says so (API documentation).
local function is_last(list, query, info, state)
  local total = tonumber(info.headers["elements-total-count"])
  if #list == 0 or #list > query.pageSize then return true end -- more than asked for: everything
  if total then return state.seen >= total end
  return #list < query.pageSize and not info.headers["elements-error"]
end

-- The query of the next page; nil at the end; nil and a text when the platform does not get anywhere.
local function next_query(query, list, info, state)
  local cursor = info.next_page
  if cursor then
    if goes_in_a_circle(state, cursor) then return nil, "the platform gives the same pages again and again" end
    query.nextPage, query.page = cursor, nil
    return query
  end
  state.seen = state.seen + #list
  if query.nextPage or state.style == "cursor" or is_last(list, query, info, state) then return nil end
  local print = fingerprint(list)
  if print == state.print then
    return nil, "the platform gives the same page again: it may not know the parameter 'page'"
  end
  state.print = print
  state.page = state.page + 1
  query.page = state.page
  return query
end

--- Iterates over the items of a collection; one page is held at a time. The loop's second value is the page's info. An
--- error raises its table, as `io.lines` does: it must not look like the end.
---@param context celements.Context
---@param where string
---@param path string
---@param given celements.CallOptions
---@param style "cursor"|"any" a platform collection has cursors only; others may count pages from 1
---@param take (fun(list: table, info: celements.Info, path: string): table?, any)? what becomes of a page, or an error
---@return fun(): any, celements.Info
function pages.each(context, where, path, given, style, take)
  local options, query = copy(given), copy(given.query)
  local state = { page = tonumber(query.page) or 1, seen = 0, cursors = 0, next_milestone = 1, style = style }
  query.pageSize = tonumber(query.pageSize) or PAGE_SIZE
  options.query = query
  local list, info, at = {}, nil, 0
  return function()
    at = at + 1
    while query and list[at] == nil do
      if info then
        local fault
        query, fault = next_query(query, list, info, state)
        if fault then error(request.fault(fault, "GET", path), 0) end
        if not query then return nil end
      end
      list, info = pages.get(context, where, path, options, 2)
      if list and take then list, info = take(list, info, path) end
      if not list then
        query, list = nil, {}
        error(info, 0)
      end
      at = 1
    end
    return list[at], info
  end
end

return pages
