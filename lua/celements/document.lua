--- Instance documents: JSON that holds the body of a creation, as people write it.

local core = require "celements.core"
local errors = require "celements.errors"
local options = require "celements.options"

local document = {}

local function fail(name, text)
  return nil, errors.new { kind = "configuration", message = name and ("%s: %s"):format(name, text) or text }
end

local function summary(name, problems, may_be_more)
  local first, others = problems[1], #problems - 1
  local place = ("%s%d:%d"):format(name and name .. ":" or "", first.line, first.column)
  local text = ("%s: %s: %s"):format(place, first.message, first.mend)
  if others == 0 then return text end
  return ("%s; and %d more%s"):format(text, others, may_be_more and " at least" or "")
end

-- The places of placeholders are a field of the error, too, as `instances:create` has it.
local function take_placeholders(problems)
  local places = {}
  for _, problem in ipairs(problems) do
    table.insert(places, problem.placeholder)
    problem.placeholder = nil
  end
  return places[1] and places or nil
end

local function read(text, name)
  local problems, may_be_more = core.diagnose(text)
  if not problems then
    return fail(name, ("is longer than %d bytes, which no request is"):format(core.max_document))
  end
  if problems[1] then
    return nil, errors.new {
      kind = "configuration",
      message = summary(name, problems, may_be_more),
      problems = problems,
      placeholders = take_placeholders(problems),
    }
  end
  local request, malformed = core.decode(text)
  if type(request) ~= "table" then return fail(name, "is not JSON: " .. tostring(malformed)) end
  return request
end

--- What is wrong at one place of a document.
---@class celements.Problem
---@field line integer from 1
---@field column integer in characters, from 1
---@field message string what is wrong, without any value of the document
---@field mend string what to do about it

--- Reads the text of an `instance.json` into a request for `instances:create`. What is wrong with it is named with
--- line, column and mend, up to 20 faults at once: `err.problems`. That is what JSON forbids and what no request can
--- hold: a key that stands twice with different values, `element` or `configuration` in the wrong place or of the wrong
--- type, a placeholder that is left in. What is merely unusual passes.
---@param text string JSON
---@param name string? to begin the message with, such as the name of the file
---@return table? request
---@return celements.Error? err of kind "configuration"
function document.check_instance(text, name)
  options.argument("celements.check_instance", "text", text, "string")
  if name ~= nil then options.argument("celements.check_instance", "name", name, "string") end
  local request, err = read(text, name)
  return request, err
end

--- Reads an `instance.json` into a request for `instances:create`, as `celements.check_instance` does. At most 4 MiB.
---@param path string of the file
---@return table? request
---@return celements.Error? err of kind "configuration"; its message begins with the path, the line and the column
function document.load_instance(path)
  options.argument("celements.load_instance", "path", path, "string")
  local file, why = io.open(path, "rb")
  if not file then return fail(nil, why) end
  local text, unreadable = file:read(core.max_document + 1)
  file:close()
  if unreadable then return fail(path, unreadable) end
  local request, err = read(text or "", path)
  return request, err
end

return document
