--- Going through a collection page by page.

local core = require "celements.core"
local request = require "celements.request"

local pages = {}

-- The platform's own default and maximum (API documentation).
local PAGE_SIZE = 200

-- An empty collection is often answered with 404 (API documentation: "No users found"; observed). The text of a
-- missing object goes on ("No account found with ID 123"), and stays an error.
local function is_empty_collection(err)
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
  if list == nil and is_empty_collection(info) then
    return setmetatable({}, core.array_mt), request.info { status = 404, attempts = info.attempts }
  end
  return list, info
end

local function copy(map)
  local new = {}
  for name, value in pairs(map or {}) do new[name] = value end
  return new
end

-- A page may be capped below the size that was asked for; the Elements-Error header then says so (API documentation).
local function is_short(list, size, info)
  if info.headers["elements-error"] then return #list == 0 end
  return #list < size
end

local function next_query(query, list, info, state)
  if info.next_page then
    if info.next_page == state.cursor then
      return nil, "the platform gave the same page twice: " .. info.next_page
    end
    state.cursor = info.next_page
    query.nextPage, query.page = info.next_page, nil
    return query
  end
  state.seen = state.seen + #list
  local total = tonumber(info.headers["elements-total-count"])
  if state.cursor or state.style == "cursor" or #list == 0 then return nil end
  if total and state.seen >= total then return nil end
  if not total and is_short(list, query.pageSize, info) then return nil end
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
---@return fun(): any, celements.Info
function pages.each(context, where, path, given, style)
  local state = { page = 1, seen = 0, style = style }
  local options = copy(given)
  local query = copy(given.query)
  query.pageSize = query.pageSize or PAGE_SIZE
  options.query = query
  local list, info, at = {}, nil, 0
  return function()
    at = at + 1
    while list[at] == nil do
      if info then
        local fault
        query, fault = next_query(query, list, info, state)
        if fault then error(request.fault(fault, "GET", path), 0) end
      end
      if not query then return nil end
      list, info = pages.get(context, where, path, options, 2)
      if not list then error(info, 0) end
      if type(list) ~= "table" then error(request.fault("the answer is not a list", "GET", path), 0) end
      at = 1
    end
    return list[at], info
  end
end

return pages
