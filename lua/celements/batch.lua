--- The same work for many items, so many at a time: workers, each a task, take one item after the other.

local errors = require "celements.errors"
local task = require "celements.runtime.task"

--- An iterator over what comes of the work: `for index, value, second, item in batch do`.
---@class celements.Batch
---@field host celements.Host
---@field source fun(): any
---@field work fun(item: any): any, any
---@field deliver fun(batch: celements.Batch, index: integer, value: any, err: any, item: any)
---@field limit integer of workers, and of items taken whose results are not
---@field taken integer
---@field open integer items taken whose results are not
---@field workers integer
---@field tasks table<celements.Task, true> the workers'
---@field line celements.Waiter[] workers that wait for their turn to take an item
---@field exhausted boolean nothing more is to be taken
---@field failure any what the source, or the receiver of the results, raised
---@field consumer celements.Waiter? who waits for results
---@field first table? the oldest result of an iteration
---@field last table?
local Batch = { __name = "celements.Batch" }
Batch.__index = Batch

local batch = {}

local grow

local function wake_line(self)
  local line = self.line
  if not line[1] then return end
  self.line = {}
  for i = 1, #line do self.host.wake(line[i]) end
end

local function wake_consumer(self)
  if self.consumer then self.host.wake(self.consumer) end
end

-- The source may make calls of its own: one worker at a time asks it, and may wait.
local function take(self, worker)
  while self.pulling or self.open >= self.limit do
    if self.exhausted then return nil end
    table.insert(self.line, worker.task.waiter)
    self.host.suspend(worker.task.waiter)
  end
  if self.exhausted then return nil end
  self.pulling = worker
  local item = self.source()
  self.pulling = nil
  wake_line(self)
  if item == nil then
    self.exhausted = true
    return nil
  end
  local index = self.taken + 1
  self.taken, self.open = index, self.open + 1
  return item, index
end

local function work_off(worker)
  local self = worker.batch
  local work, deliver = self.work, self.deliver
  local item, index = take(self, worker)
  while item ~= nil do
    if self.workers < self.limit and not self.exhausted then grow(self) end
    worker.index, worker.item = index, item
    local value, err = work(item)
    worker.index = nil
    deliver(self, index, value, err, item)
    item, index = take(self, worker)
  end
end

-- An error ends the worker, as it would end any task. Another takes its place.
local function replace(self, worker, err)
  if worker.index then
    self:deliver(worker.index, nil, err, worker.item)
    if not self.exhausted then grow(self) end
    return
  end
  self.failure, self.exhausted = err, true
  if self.pulling == worker then self.pulling = nil end
  wake_line(self)
end

-- A worker has ended.
local function on_end(ended)
  local worker = ended.item
  local self = worker.batch
  self.tasks[ended] = nil
  self.workers = self.workers - 1
  if ended.raised then replace(self, worker, ended.err) end
  if self.workers == 0 then wake_consumer(self) end
end

function grow(self)
  local worker = { batch = self, task = nil, index = nil, item = nil }
  local new, why = task.spawn(self.host, work_off, worker, on_end)
  if not new then
    if self.workers == 0 then error("celements: " .. why, 0) end
    return
  end
  worker.task = new
  self.tasks[new] = true
  self.workers = self.workers + 1
end

-- Suspends the one that waits for results.
local function wait(self)
  local waiter, reason = self.host.current()
  if not waiter then error("celements: " .. reason, 0) end
  self.consumer = waiter
  self.host.suspend(waiter)
  self.consumer = nil
  if waiter.task and waiter.task.cancelled then self:close() end
end

local function start(self)
  if self.started then return end
  self.started = true
  if not self.exhausted then grow(self) end
end

local function finish(self)
  local failure = self.failure
  self.failure = nil
  if failure ~= nil then error(failure, 0) end
end

local function queue(self, index, value, err, item)
  local result = { index = index, value = value, err = err, item = item, following = nil }
  if self.last then
    self.last.following = result
  else
    self.first = result
  end
  self.last = result
  wake_consumer(self)
end

--- Waits for the next result, in the order in which they come. What the source raises is raised when the results of
--- what is in flight have been had.
---@return integer? index of the item, nil when all is done
---@return any value what the work returned
---@return any second what it returned as second value, or raised
---@return any item
function Batch:next()
  start(self)
  while not self.first do
    if self.workers == 0 then return finish(self) end
    wait(self)
  end
  local result = self.first
  self.first = result.following
  if not self.first then self.last = nil end
  self.open = self.open - 1
  wake_line(self)
  return result.index, result.value, result.err, result.item
end
Batch.__call = Batch.next

--- Begins nothing more. What is in flight goes on, and its results can still be had.
function Batch:stop()
  self.exhausted = true
  wake_line(self)
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
  return setmetatable({
    host = host, source = source_of(items), work = work, deliver = queue, limit = limit, taken = 0, open = 0,
    workers = 0, tasks = {}, line = {}, exhausted = false,
  }, Batch)
end

local function wait_for_all(self)
  start(self)
  while self.workers > 0 do
    if self.failure ~= nil then self:close() end
    wait(self)
  end
  finish(self)
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
  local results, failures, done = {}, {}, 0
  self.deliver = function(_, index, value, err)
    results[index] = value
    if value == nil then failures[index] = err end
    done, self.open = done + 1, self.open - 1
    if on_progress and on_progress(done, total) == false then self:close() end
  end
  if can_protect then
    local ok, err = pcall(wait_for_all, self)
    if not ok then
      self:close()
      error(err, 0)
    end
  else
    wait_for_all(self)
  end
  for index = self.taken + 1, total or 0 do
    failures[index] = errors.new { kind = "cancelled", message = "cancelled before it began" }
  end
  results.n = total or self.taken
  return results, failures
end

return batch
