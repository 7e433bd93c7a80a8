--- Many keys at once, shared among all who go through the same list.

local core = require "celements.core"
local batch = require "celements.batch"
local ensure = require "celements.ensure"
local runtime = require "celements.runtime"

local many = {}

-- Items that another one is at wait aside, so that this one goes on with what nobody does. So many of them at most.
local MOST_ASIDE = 1000

local function check(item, index)
  if type(item) ~= "table" or type(item.key) ~= "string" or item.key == "" or type(item.request) ~= "table" then
    error(("instances:ensure_many: item %d must be a table with a non-empty string 'key' and a table 'request'")
      :format(index), 0)
  end
end

-- Prepares one item and takes its lock: a job to finish, a job to set aside, or the error that is its result.
local function begin(instances, item, given)
  local job, err = ensure.prepare(instances, item.key, item.request, given)
  if not job then return { err = err } end
  local ok
  ok, err = ensure.lock(job, false)
  if ok then return job end
  if err.kind == "conflict" then return nil, job end
  return { err = err }
end

-- Gives items with their index and their job, those that were set aside last.
local function sorted_out(source, instances, given)
  local index, aside, first, is_over = 0, {}, 1, false
  return function()
    while not is_over and #aside - first < MOST_ASIDE do
      local item = source()
      if item == nil then
        is_over = true
        break
      end
      index = index + 1
      check(item, index)
      local job, held = begin(instances, item, given)
      if job then return item, index, job end
      table.insert(aside, { item = item, index = index, job = held })
    end
    local entry = aside[first]
    if not entry then return nil end
    aside[first] = false
    first = first + 1
    if first > MOST_ASIDE then -- the places that were left are given up together
      local rest = {}
      for at = first, #aside do table.insert(rest, aside[at]) end
      aside, first = rest, 1
    end
    return entry.item, entry.index, entry.job
  end
end

local function finish(_, job)
  if job.err then return nil, job.err end
  if not job.lock then
    job.deadline = core.now() + (job.given.timeout or ensure.TIMEOUT)
    local ok, err = ensure.lock(job, true)
    if not ok then return nil, err end
  end
  local instance, info = ensure.finish(job)
  return instance, info
end

--- Prepares the work. Nobody is kept waiting for what was taken when the batch was stopped.
---@param instances celements.Instances
---@param items table[]|fun(): table
---@param given celements.EnsureOptions checked
---@param concurrency integer
---@return celements.Batch
function many.new(instances, items, given, concurrency)
  local host = runtime.host_of(instances._context, "instances:ensure_many", 3)
  return batch.new(host, items, finish, concurrency, function(source)
    return sorted_out(source, instances, given), ensure.drop
  end)
end

return many
