--- What processes that died left open in a store is brought to an end.

local batch = require "celements.batch"
local copy = require "celements.copy"
local core = require "celements.core"
local ensure = require "celements.ensure"
local errors = require "celements.errors"
local lookup = require "celements.ensure.lookup"
local record = require "celements.ensure.record"
local runtime = require "celements.runtime"
local tasks = require "celements.tasks"

local recover = {}

--- What `client:recover` did about a creation that was left open.
---@class celements.Recovered
---@field key string? nil when the record cannot be read
---@field outcome "adopted"|"not_made"|"busy"|"failed" "busy": another process is at it
---@field instance table? when it was adopted, and when it was found but could not be kept
---@field err celements.Error? when it was busy or failed

local function result(known, outcome, fields)
  fields = fields or {}
  fields.key, fields.outcome = known.key, outcome
  return fields
end

local function open(store)
  local list = {}
  for _, text in store:each(record.PREFIX) do
    local known, err = record.read(text)
    if not (known and known.instance) then table.insert(list, known or { err = err }) end
  end
  return list
end

-- With the lock: somebody may have finished it meanwhile.
local function finish(own, known, lock)
  local name = record.name(known.tag)
  local text, err = own.store:get(name)
  if not text then return err and result(known, "failed", { err = err }) or result(known, "not_made") end
  known, err = record.read(text)
  if not known then return result({}, "failed", { err = err }) end
  if known.instance then return result(known, "adopted", { instance = known.instance }) end
  local function renew() return lock:extend(own.lease) end
  local job = copy(own, { tag = known.tag })
  local found, problem = lookup.patiently(job, record.patience(known, own.settle), renew)
  if found then
    local call = { timeout = math.max(own.deadline - core.now(), 1) }
    found, problem = lookup.with_token(own.instances, found, call)
  end
  if found == nil then return result(known, "failed", { err = problem }) end
  local ok
  if found then
    known.instance = found
    ok, err = own.store:put(name, record.write(known), lock)
  else
    ok, err = own.store:delete(name, lock)
  end
  if not ok then return result(known, "failed", { err = err, instance = found or nil }) end
  return result(known, found and "adopted" or "not_made", { instance = found or nil })
end

local function one(own, known)
  if known.err then return result(known, "failed", { err = known.err }) end
  local lock, err = own.store:lock(record.name(known.tag), { lease = own.lease })
  if not lock then return result(known, err.kind == "conflict" and "busy" or "failed", { err = err }) end
  local outcome = finish(own, known, lock)
  lock:release()
  return outcome
end

--- Looks for the instance of every open intent. One that is found is kept in the store; one that is not was not made,
--- and its record is removed.
---@param instances celements.Instances
---@param store celements.Store
---@param given { settle: number?, lease: number?, timeout: number?, concurrency: integer? } checked
---@return celements.Recovered[]? list nil when the store cannot be read, and where nothing can wait
---@return celements.Error?
function recover.all(instances, store, given)
  local own = {
    instances = instances, store = store, settle = given.settle or ensure.SETTLE,
    lease = given.lease or ensure.LEASE, deadline = core.now() + (given.timeout or ensure.TIMEOUT),
    host = runtime.host_of(instances._context, "client:recover", 3),
  }
  local waiter, reason = own.host.current()
  if not waiter then return nil, errors.new { kind = "unavailable", message = "client:recover: " .. reason } end
  local is_readable, list = pcall(open, store)
  if not is_readable then
    if not errors.is(list) then error(list, 0) end
    return nil, list
  end
  local concurrency = given.concurrency or tasks.CONCURRENCY
  local work = batch.new(own.host, list, function(known) return one(own, known) end, concurrency)
  local results, failures = batch.map(work)
  for index = 1, #list do
    results[index] = results[index] or result(list[index], "failed", { err = failures[index] })
  end
  results.n = nil
  return results
end

return recover
