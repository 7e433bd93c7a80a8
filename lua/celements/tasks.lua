--- Many calls at once: what `celements` offers for it.

local batch = require "celements.batch"
local errors = require "celements.errors"
local options = require "celements.options"
local runtime = require "celements.runtime"
local task = require "celements.runtime.task"
local worklist = require "celements.worklist"

local tasks = {}

local known_for_map = { concurrency = "size", on_progress = "function", loop = "string" }
local known_for_spawn = { loop = "string" }

tasks.CONCURRENCY = 32

--- Options of `celements.spawn` and `celements.sleep`.
---@class celements.LoopOptions
---@field loop "copas"|"cqueues"|"luv"|nil the event loop to wait by inside it; nginx needs none to be named

--- Options of `celements.map`.
---@class celements.MapOptions: celements.LoopOptions
---@field concurrency integer? how many at a time; default 32
---@field on_progress (fun(done: integer, total: integer?): boolean?)? called after each item; false ends it all.
--- `total` is nil where the number of items is not known

--- Calls `work(item)` for every item, so many at a time, each in a task of its own: a celements call inside waits
--- without holding up the others. An error in one leaves the others alone. Blocks or yields until all is done. Raises
--- where nothing can wait, such as in some phases of nginx.
---
--- Where the items are a list of known length and `on_progress` returns false, those that have not begun end with an
--- error of kind "cancelled", as do the calls in flight.
---@param items any[]|fun(): any a list, or what gives one item after the other and nil at the end: a function, `each`
---@param work fun(item: any): any, any returns a value, or nil and an error
---@param given celements.MapOptions?
---@return table results by the item's index, and `n`, the number of items
---@return table errors by the item's index, for those whose work returned nil or raised
function tasks.map(items, work, given)
  local where = "celements.map"
  options.argument(where, "items", items, "table|function")
  worklist.check(where, "items", items, 2)
  options.argument(where, "work", work, "function")
  given = options.check(where, given, known_for_map)
  local host = runtime.host(where, given.loop, 2)
  local own = batch.new(host, items, work, given.concurrency or tasks.CONCURRENCY)
  local results, failures = batch.map(own, given.on_progress, worklist.is_list(items) and #items or nil)
  return results, failures
end

--- Starts work in a task of its own. It runs while anything else waits: `task:wait()`, `celements.wait_all`,
--- `celements.map`, any call, or the event loop.
---@param work fun(): any, any returns a value, or nil and an error
---@param given celements.LoopOptions?
---@return celements.Task? task
---@return celements.Error? err of kind "unavailable" where no task can be started
function tasks.spawn(work, given)
  local where = "celements.spawn"
  options.argument(where, "work", work, "function")
  given = options.check(where, given, known_for_spawn)
  local new, why = task.spawn(runtime.host(where, given.loop, 2), work)
  if not new then return nil, errors.new { kind = "unavailable", message = why } end
  return new
end

--- Waits for all of these tasks. Blocks or yields.
---@param list celements.Task[] as `celements.spawn` gave them
---@return table results by the task's index, and `n`, the number of tasks
---@return table errors by the task's index, for those whose work returned nil or raised
function tasks.wait_all(list)
  local where = "celements.wait_all"
  options.argument(where, "tasks", list, "table")
  worklist.check(where, "tasks", list, 2)
  for index = 1, #list do
    if not task.is(list[index]) then
      error(("%s: tasks[%d] must be a task, not a %s"):format(where, index, type(list[index])), 2)
    end
  end
  local results, failures = { n = #list }, {}
  for index, each in ipairs(list) do
    local value, err = each:wait()
    results[index] = value
    if value == nil then failures[index] = err end
  end
  return results, failures
end

--- Lets time pass without holding up other tasks, or the event loop. Raises where nothing can wait, such as in some
--- phases of nginx; in a task that is cancelled, a `celements.Error` of kind "cancelled".
---@param seconds number from 0 on
---@param given celements.LoopOptions?
function tasks.sleep(seconds, given)
  local where = "celements.sleep"
  if type(seconds) ~= "number" or seconds < 0 or seconds ~= seconds then
    error(where .. ": seconds must be a number from 0 on", 2)
  end
  given = options.check(where, given, known_for_spawn)
  local reason, cancelled = runtime.sleep(runtime.host(where, given.loop, 2), seconds)
  if reason then error(("%s: %s"):format(where, reason), 2) end
  if cancelled then error(errors.new { kind = "cancelled", message = "the task that sleeps was cancelled" }) end
end

return tasks
