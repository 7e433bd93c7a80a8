--- The same work for many items, so many at a time.

local errors = require "celements.errors"
local task = require "celements.runtime.task"

--- What is in flight, and what has come of it. An iterator: `for index, value, second, item in batch do`.
---@class celements.Batch
---@field host celements.Host
---@field source fun(): any
---@field work fun(item: any): any, any
---@field limit integer
---@field taken integer items taken from the source
---@field open integer tasks whose result nobody has taken
---@field exhausted boolean?
---@field first celements.Task? the oldest result not taken
---@field last celements.Task?
---@field waiter celements.Waiter? who waits for a result
---@field tasks table<celements.Task, true> those that run
local Batch = { __name = "celements.Batch" }
Batch.__index = Batch

local batch = {}

-- A task has ended.
local function add_result(self, ended)
  self.tasks[ended] = nil
  if self.last then
    self.last.following = ended
  else
    self.first = ended
  end
  self.last = ended
  if self.waiter then self.host.wake(self.waiter) end
end

-- The source may make calls of its own, so it is asked by the one that waits anyway. When it raises, what is in flight
-- can still be had.
local function take(self)
  self.exhausted = true
  local item = self.source()
  if item == nil then return nil end
  self.exhausted = false
  self.taken = self.taken + 1
  return item
end

local function fill(self)
  while self.open < self.limit and not self.exhausted do
    local item = take(self)
    if item == nil then return end
    local new, why = task.spawn(self.host, self.work, item, self.taken, self.on_end)
    if not new then error("celements: " .. why, 0) end
    self.tasks[new] = true
    self.open = self.open + 1
  end
end

--- Waits for the next result, in the order in which they come.
---@return integer? index of the item, nil when all is done
---@return any value what the work returned
---@return any second what it returned as second value, or raised
---@return any item
function Batch:next()
  fill(self)
  while not self.first do
    if self.open == 0 then return nil end
    local waiter, reason = self.host.current()
    if not waiter then error("celements: " .. reason, 0) end
    self.waiter = waiter
    self.host.suspend(waiter)
    self.waiter = nil
  end
  local done = self.first
  self.first = done.following
  if not self.first then self.last = nil end
  self.open = self.open - 1
  return done.index, done.value, done.err, done.item
end
Batch.__call = Batch.next

--- Begins nothing more. What is in flight goes on, and its results can still be had.
function Batch:stop()
  self.exhausted = true
end

--- Begins nothing more, and ends the calls in flight with kind "cancelled". Their results can still be had.
function Batch:close()
  self:stop()
  for each in pairs(self.tasks) do each:cancel() end
end
Batch.__close = Batch.close

local function source_of(items)
  if type(items) ~= "table" then return items end
  local index = 0
  return function()
    index = index + 1
    return items[index]
  end
end

--- Prepares a batch. Nothing begins before the first result is asked for.
---@param host celements.Host
---@param items any[]|fun(): any a list, or a function that gives one item after the other and nil at the end
---@param work fun(item: any): any, any
---@param limit integer
---@return celements.Batch
function batch.new(host, items, work, limit)
  local self = setmetatable({
    host = host, source = source_of(items), work = work, limit = limit, taken = 0, open = 0, tasks = {},
  }, Batch)
  self.on_end = function(ended) add_result(self, ended) end
  return self
end

local function cancelled()
  return errors.new { kind = "cancelled", message = "cancelled before it began" }
end

local function collect(self, results, failures, on_progress, total)
  local done = 0
  for index, value, err in self do
    results[index] = value
    if value == nil then failures[index] = err end
    done = done + 1
    if on_progress and on_progress(done, total) == false then self:close() end
  end
end

-- Plain Lua 5.1 cannot wait inside a protected call.
local can_protect = _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil

--- Does the work for every item and waits for all of it.
---@param self celements.Batch
---@param on_progress (fun(done: integer, total: integer?): boolean?)?
---@param total integer? how many items there are, where that is known
---@return table results
---@return table failures
function batch.map(self, on_progress, total)
  local results, failures = {}, {}
  if can_protect then
    local ok, err = pcall(collect, self, results, failures, on_progress, total)
    if not ok then
      self:close()
      error(err, 0)
    end
  else
    collect(self, results, failures, on_progress, total)
  end
  for index = self.taken + 1, total or 0 do failures[index] = cancelled() end
  results.n = total or self.taken
  return results, failures
end

return batch
