--- What can be done to an instance, for both ways to name it: by its id (`client.instances`) and by its token
--- (`session.instance`). Each operation is written once and is given a place.

local account = require "celements.instance.account"
local keyed = require "celements.instance.keyed"
local place = require "celements.instance.place"
local request = require "celements.request"

local instance = {}

local OPERATIONS = {}
for index, noun in ipairs { "changes", "entries", "objects", "docs", "events" } do
  OPERATIONS[index] = require("celements.instance." .. noun)
end

-- Nobody documents a path for it that takes an id.
local BY_TOKEN_ONLY = { rename_object = true }

local function by_id(name, operation)
  local where = "instances:" .. name
  return function(self, id, ...)
    local path = request.path(where, "/instances/%s", "id", id, 2)
    local result, info = operation(place.new(self._context, where, path, id), ...)
    return result, info
  end
end

local function by_token(name, operation)
  local where = "session.instance:" .. name
  return function(self, ...)
    local result, info = operation(place.new(self._context, where, "/instances"), ...)
    return result, info
  end
end

--- Gives a class the operations that take an id first, and what concerns no single instance.
---@param class table its objects have a `_context`
function instance.add_by_id(class)
  for name, method in pairs(account) do class[name] = method end
  for name, method in pairs(keyed) do class[name] = method end
  for _, operations in ipairs(OPERATIONS) do
    for name, operation in pairs(operations) do
      if not BY_TOKEN_ONLY[name] then class[name] = by_id(name, operation) end
    end
  end
end

--- Gives a class the operations that take none, because the token says which instance is meant.
---@param class table its objects have a `_context`
function instance.add_by_token(class)
  for _, operations in ipairs(OPERATIONS) do
    for name, operation in pairs(operations) do class[name] = by_token(name, operation) end
  end
end

return instance
