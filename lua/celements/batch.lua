--- The same work for many items, so many at a time: workers, each a task, take one item after the other.

local errors = require "celements.errors"
local protection = require "celements.runtime.protection"
local task = require "celements.runtime.task"
local worklist = require "celements.worklist"

--- An iterator over what comes of work that is done for many items at a time:
--- `for index, value, second, item in batch do`. Made by `instances:create_many` and `instances:ensure_many`.
---@class celements.Batch
---@field private host celements.Host
---@field private source fun(): any, integer?, any the next item; its index, if it is not the next one; what its work
--- gets, too
---@field private drop (fun(context: any))? takes that of an item that is not begun
---@field private work fun(item: any, context: any): any, any
---@field private deliver fun(batch: celements.Batch, index: integer, value: any, err: any, item: any)
---@field private limit integer of workers, and of items taken whose results are not
---@field private taken integer
---@field private open integer items taken whose results are not
---@field private workers integer
---@field private tasks table<celements.Task, true> the workers'
---@field private line celements.Waiter[] workers that wait for their turn to take an item
---@field private consumers celements.Waiter[] those that wait for results
---@field private exhausted boolean nothing more is to be taken
---@field private closed boolean the workers were cancelled
---@field private failure any what the source, or the receiver of the results, raised
---@field private first table? the oldest result of an iteration
---@field private last table?
local Batch = { __name = "celements.Batch" }
Batch.__index = Batch

local batch = {}

local grow

local function wake_all(self, name)
  local list = self[name]
  if not list[1] then return end
  self[name] = {}
  for i = 1, #list do self.host.wake(list[i]) end
end

-- The source may make calls of its own: one worker at a time asks it, and may wait. Nobody waits here for a result to
-- be had, or the workers of an iteration that was left would wait for ever.
local function take(self, worker)
  while self.pulling and not self.exhausted do
    local waiter = self.host.current()
    table.insert(self.line, waiter)
    self.host.suspend(waiter)
  end
  if self.exhausted or self.open >= self.limit then return nil end
  self.pulling = worker
  local item, index, context = self.source()
  self.pulling = nil
  if item == nil then self.exhausted = true end
  if self.exhausted then -- stopped meanwhile, perhaps
    if item ~= nil and self.drop then self.drop(context) end
    item = nil
  else
    self.taken, self.open = self.taken + 1, self.open + 1
    index = index or self.taken
  end
  wake_all(self, "line") -- last: copas before 2.0 runs them at once
  return item, index, context
end

local function can_grow(self)
  return self.workers < self.limit and self.open < self.limit and not self.exhausted
end

local function work_off(worker)
  local self = worker.batch
  local work, deliver = self.work, self.deliver
  local raised = worker.raised
  if raised then
    worker.raised, self.tasks[worker.task] = nil, true
    deliver(self, raised.index, nil, raised.err, raised.item)
  end
  local item, index, context = take(self, worker)
  while item ~= nil do
    if can_grow(self) then grow(self) end
    worker.index, worker.item = index, item
    local value, err = work(item, context)
    worker.index = nil
    deliver(self, index, value, err, item)
    item, index, context = take(self, worker)
  end
end

local function fail(self, err)
  if self.failure == nil then self.failure = err end
  self.exhausted = true
  wake_all(self, "line")
  wake_all(self, "consumers")
end

-- An error ends the worker, as it would end any task. Another takes its place, and delivers the error first: whoever
-- receives it may wait, which can be done in a task only.
local function replace(self, worker, err)
  if worker.index then
    worker.err = err
    local why = grow(self, worker)
    if why then fail(self, why) end
  elseif self.pulling == worker then
    self.pulling = nil
    if not self.closed then fail(self, err) end -- or the source's own call was cancelled with the others
  else
    fail(self, err)
  end
end

-- A worker has ended.
local function on_end(ended)
  local worker = ended.item
  local self = worker.batch
  self.tasks[ended] = nil
  self.workers = self.workers - 1
  if ended.raised then replace(self, worker, ended.err) end
  if self.workers == 0 then wake_all(self, "consumers") end
end

-- Returns why it cannot. One that has an error to deliver is not to be cancelled before it began.
function grow(self, raised)
  local worker = { batch = self, raised = raised, task = nil, index = nil, item = nil }
  local new, why = task.spawn(self.host, work_off, worker, on_end)
  if not new then return "celements: " .. why end
  worker.task = new
  if not raised then self.tasks[new] = true end
  self.workers = self.workers + 1
end

-- Suspends the one that waits for results.
local function wait(self)
  local waiter, reason = self.host.current()
  if not waiter then error("celements: " .. reason, 0) end
  table.insert(self.consumers, waiter)
  self.host.suspend(waiter)
  if waiter.task and waiter.task.cancelled then self:close() end
end

local function start(self)
  if self.started then return end
  local waiter, reason = self.host.current()
  if not waiter then error("celements: " .. reason, 0) end
  self.started = true
  if waiter.task and waiter.task.cancelled then self:close() end
  local why = not self.exhausted and grow(self)
  if why then error(why, 0) end
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
  wake_all(self, "consumers")
end

--- Waits for the next result, in the order in which they come. What the source raises is raised when the results of
--- what is in flight have been had. Raises where nothing can wait, such as in some phases of nginx.
---@return integer? index of the item, nil when all is done
---@return any value what the work returned
---@return any second what it returned as second value, or raised
---@return any item what it was done for
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
  local why = can_grow(self) and grow(self)
  if why and self.workers == 0 then fail(self, why) end
  return result.index, result.value, result.err, result.item
end
Batch.__call = Batch.next

--- Begins nothing more. What is in flight goes on, and its results can still be had.
function Batch:stop()
  self.exhausted = true
  wake_all(self, "line")
end

--- Begins nothing more, and ends the calls in flight with kind "cancelled". Their results can still be had.
function Batch:close()
  self.closed = true
  self:stop()
  for each in pairs(self.tasks) do each:cancel() end
end
Batch.__close = Batch.close

--- Prepares a batch. Nothing begins before the first result is asked for.
---@param host celements.Host
---@param items any[]|fun(): any a list that was checked, or what gives one item after the other and nil at the end
---@param work fun(item: any, context: any): any, any
---@param limit integer
---@param arrange (fun(source: fun(): any): (fun(): any, integer?, any), fun(context: any)?)? what the items come
--- through, in another order, and what becomes of the context of one that is not begun
---@return celements.Batch
function batch.new(host, items, work, limit, arrange)
  local source = worklist.source(items)
  local drop
  if arrange then source, drop = arrange(source) end
  return setmetatable({
    host = host, source = source, drop = drop, work = work, deliver = queue, limit = limit, taken = 0, open = 0,
    workers = 0, tasks = {}, line = {}, consumers = {}, exhausted = false, closed = false,
  }, Batch)
end

local function wait_for_all(self)
  start(self)
  while self.workers > 0 do
    if self.failure ~= nil and not self.closed then self:close() end
    wait(self)
  end
  finish(self)
end

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
  if protection.can_wait_inside or not self.host.running() then
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
