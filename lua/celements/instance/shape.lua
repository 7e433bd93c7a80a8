--- What an instance looks like when it comes, and what of it is sent back.

local configuration = require "celements.configuration.problems"
local copy = require "celements.copy"
local core = require "celements.core"
local request = require "celements.request"

local shape = {}

--- An instance as the platform sends it, every field that is not named here included. Only `id`, `name`, `token`,
--- `element` and `valid` are always there (API documentation).
---@class celements.Instance
---@field id integer|string a string of its digits where this Lua cannot hold them
---@field name string as the platform stored it: markup is stripped (observed)
---@field token string as good as a password
---@field element table the element, as far as the platform tells
---@field valid boolean it does not prove that the credentials work (observed)
---@field tags string[]? the names, whatever shape the platform used; nil when it did not say: read the instance again
---@field tags_as_sent any the platform's own `tags` where they were not a list of strings; never sent back
---@field configuration table<string, any>? strings or null, with secrets masked as `********` (observed)
---@field disabled boolean? see `instances:disable`
---@field eventsNotificationCallbackUrl string? the text "false" occurs (API documentation) and stays what it is

local function is_array(value)
  return type(value) == "table" and getmetatable(value) == core.array_mt
end

local function name_of(tag)
  if type(tag) == "table" then tag = tag.name end
  local kind = type(tag)
  return kind == "string" and tag or kind == "number" and tostring(tag) or nil
end

local function has_names_only(tags)
  for index = 1, #tags do
    if type(tags[index]) ~= "string" then return false end
  end
  return true
end

-- One sample of the documentation has objects with an id and a name instead of strings.
local function take_tags(instance)
  local tags = instance.tags
  if tags == nil or is_array(tags) and has_names_only(tags) then return end
  instance.tags_as_sent, instance.tags = tags, nil
  if tags == core.null then return end
  local names = setmetatable({}, core.array_mt)
  for _, tag in ipairs(is_array(tags) and tags or { tags }) do names[#names + 1] = name_of(tag) end
  instance.tags = names
end

--- Takes only an object for an instance, and makes its `tags` a list of strings. Anything else is an error of kind
--- "response".
---@param value any what a call returned
---@param info celements.Info|celements.Error
---@param method string
---@param path string
---@return celements.Instance? instance
---@return celements.Info|celements.Error
function shape.instance(value, info, method, path)
  local instance, why = request.object(value, info, method, path)
  if instance then take_tags(instance) end
  return instance, why
end

--- Takes a page of instances, each as `shape.instance` does.
---@param list table[]? what `pages.get` returned
---@param info celements.Info|celements.Error
---@param path string
---@return celements.Instance[]? list
---@return celements.Info|celements.Error
function shape.list(list, info, path)
  for index = 1, list and #list or 0 do
    local instance, err = shape.instance(list[index], info, "GET", path)
    if not instance then return nil, err end
  end
  return list, info
end

local function is_masked(entry)
  return type(entry) == "table" and select(2, configuration.strip_masked(entry))
end

-- A list of entries, as GET /instances/{id}/configuration gives it, loses those that hold a mask.
local function without_masked_entries(list)
  local kept = setmetatable({}, getmetatable(list))
  for _, entry in ipairs(list) do
    if not is_masked(entry) then kept[#kept + 1] = entry end
  end
  return kept, #kept < #list
end

-- What the platform masked must not be written over the secret behind it.
local function without_masks(holder)
  local given = holder.configuration
  if type(given) ~= "table" then return end
  local strip = rawget(given, 1) ~= nil and without_masked_entries or configuration.strip_masked
  local kept, removed = strip(given)
  holder.configuration = (not removed or next(kept) ~= nil) and kept or nil
end

--- Returns what is sent of a request, or of an instance that was fetched: a copy without what is masked and without
--- what this module added, and with every other field.
---@param body table
---@return table
function shape.sendable(body)
  local sent = copy(body)
  sent.tags_as_sent = nil
  -- `tags` is a list even when it is empty.
  if type(sent.tags) == "table" and next(sent.tags) == nil then sent.tags = setmetatable({}, core.array_mt) end
  without_masks(sent)
  if type(sent.element) == "table" and type(sent.element.configuration) == "table" then
    sent.element = copy(sent.element)
    without_masks(sent.element)
  end
  return sent
end

--- Adds to a refusal which entries its text names as missing, and which the element would have needed.
---@param err celements.Error
---@param body table what was asked for
---@return celements.Error
function shape.explain(err, body)
  if err.kind == "rejected" or err.kind == "provider" then
    err.missing = configuration.missing_in(err.message, body)
    err.likely_missing = configuration.likely_missing(body)
  end
  return err
end

return shape
