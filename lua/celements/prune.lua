--- Deleting instances of earlier days that nobody needs any more.

local copy = require "celements.copy"
local errors = require "celements.errors"
local lookup = require "celements.ensure.lookup"
local record = require "celements.ensure.record"
local request = require "celements.request"

local prune = {}

--- Options of `instances:prune`; `older_than`, and `tags` or `search_text`, must be given.
---@class celements.PruneOptions: celements.CallOptions
---@field tags string|string[]? only instances with all of these tags
---@field search_text string? as for `list`
---@field older_than number only instances that were made so many seconds ago or earlier
---@field dry_run boolean? true to delete nothing and tell what would be
---@field spare celements.Store? instances that are the ones of a key in this store stay

--- An instance that `instances:prune` found.
---@class celements.Pruned
---@field id integer|string|nil the instance's; nil where the listing has none, which `err` says
---@field name string? the instance's
---@field created string the platform's createdDate
---@field deleted boolean also when somebody else deleted it meanwhile
---@field err celements.Error? why it was not

--- A date of the API, such as "2018-05-01T10:00:00Z" (the only form that is documented), in seconds since the epoch.
---@param date any
---@return integer? seconds nil for anything else
function prune.time_of(date)
  if type(date) ~= "string" then return nil end
  local year, month, day, hour, minute, second = date:match("^(%d%d%d%d)-(%d%d)-(%d%d)T(%d%d):(%d%d):(%d%d)%.?%d*Z$")
  if not year then return nil end
  if month < "01" or month > "12" or day < "01" or day > "31" or hour > "23" or minute > "59" or second > "60" then
    return nil
  end
  year, month = tonumber(year), tonumber(month)
  if month <= 2 then year, month = year - 1, month + 12 end
  local days = 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + tonumber(day) - 719469
  return ((days * 24 + tonumber(hour)) * 60 + tonumber(minute)) * 60 + tonumber(second)
end

-- The ids and tags of the instances of a store's keys: of an open intent only the tag is known.
local function spared(store)
  local ids = {}
  for _, text in store and store:each(record.PREFIX) or function() end do
    local known, err = record.read(text)
    if not known then return nil, err end
    ids[known.tag] = true
    if known.instance then ids[tostring(known.instance.id)] = true end
  end
  return ids
end

local function is_spared(instance, ids)
  for _, tag in ipairs(instance.tags or {}) do
    if ids[tag] then return true end
  end
  return ids[tostring(instance.id)] ~= nil
end

-- By the name or the element's key (API documentation).
local function holds(instance, text)
  local element = type(instance.element) == "table" and instance.element or {}
  for _, value in pairs { instance.name, element.key } do
    if type(value) == "string" and value:lower():find(text:lower(), 1, true) then return true end
  end
  return false
end

-- A listing that did not heed the query must not lead to the end of everything.
local function is_meant(instance, given, ids)
  for _, tag in ipairs(type(given.tags) == "table" and given.tags or { given.tags }) do
    if not lookup.carries(instance, tag) then return false end
  end
  if given.search_text and not holds(instance, given.search_text) then return false end
  return not is_spared(instance, ids)
end

-- All are found before the first is deleted: a page may begin where the one before ended.
local function find(instances, given, ids, options)
  options.tags, options.search_text = given.tags, given.search_text
  local found, undated = {}, 0
  local latest = os.time() - given.older_than
  local pages = instances:pages(options)
  while true do
    local list, info = pages:next()
    if list == nil and info == nil then return found, undated end
    if not list then return nil, info end
    for _, instance in ipairs(list) do
      local made = is_meant(instance, given, ids) and prune.time_of(instance.createdDate)
      if made == nil then
        undated = undated + 1
      elseif made and made <= latest then
        local entry = { name = instance.name, created = instance.createdDate, deleted = false }
        if request.is_id(instance.id) then
          entry.id = instance.id
        else
          entry.err = request.fault("the listing has an instance without an id", "GET", "/instances", info)
        end
        table.insert(found, entry)
      end
    end
  end
end

-- What would end all the deletions after it, too.
local FINAL = { cancelled = true, closed = true, unauthorized = true, unavailable = true }

local function delete(instances, list, options)
  for _, each in ipairs(list) do
    if not each.err then
      local ok, err = instances:delete(each.id, options)
      each.deleted = ok ~= nil or err.kind == "not_found"
      if not each.deleted then each.err = err end
      if each.err and FINAL[err.kind] then return end
    end
  end
end

--- Deletes, or with `dry_run` only tells.
---@param instances celements.Instances
---@param given celements.PruneOptions checked
---@param options celements.CallOptions
---@return celements.Pruned[]? list
---@return { undated: integer }|celements.Error
function prune.all(instances, given, options)
  local is_readable, ids, err = pcall(spared, given.spare)
  if not is_readable then
    if not errors.is(ids) then error(ids, 0) end
    return nil, ids
  end
  if not ids then return nil, err end
  local found, undated = find(instances, given, ids, copy(options))
  if not found then return nil, undated end
  if not given.dry_run then delete(instances, found, options) end
  return found, { undated = undated }
end

return prune
