--- Provisioning that can be asked for again and again: for each key there is one instance.
--
-- The API has no idempotency key (API documentation), so a tag made of the key stands in for one. What must hold at
-- every instant at which a process may be killed: a creation is sent only after its intent is in the store, and only
-- when a look for the tag, later than any creation sent before could still show up, has found nothing. The token is in
-- the store before the caller has it.

local core = require "celements.core"
local memory = require "celements.store.memory"
local preflight = require "celements.instance.preflight"
local record = require "celements.ensure.record"
local runtime = require "celements.runtime"
local steps = require "celements.ensure.steps"

local ensure = {}

--- Defaults, in seconds.
ensure.TIMEOUT, ensure.SETTLE, ensure.LEASE = 300, 60, 150

--- Options of `instances:ensure`. `timeout` is for all of it.
---@class celements.EnsureOptions: celements.CallOptions
---@field store celements.Store? where the journal and the tokens are kept; default none that outlives the client
---@field on_change "error"|"update"|nil what to do when the request is not the one of before; default "error"
---@field timeout number? seconds for all of it; default 300
---@field settle number? seconds after which a creation of unknown fate that is not listed did not happen; default 60
---@field lease number? seconds after which another process may take over; default 150
---@field check boolean|"live"|nil as for `create`
---@field verify boolean? as for `create`

--- Options of `instances:ensure_many`.
---@class celements.EnsureManyOptions: celements.EnsureOptions
---@field concurrency integer? how many at a time; default 32

---@class celements.ensure.Job
---@field instances celements.Instances
---@field host celements.Host
---@field store celements.Store
---@field lock celements.Lock
---@field keeps boolean whether records of instances that are there stay in the store
---@field key string
---@field tag string
---@field request table as the caller gave it
---@field given celements.EnsureOptions
---@field settle number
---@field lease number
---@field deadline number on the clock of `core.now`

--- Prepares the work for one key.
---@param instances celements.Instances
---@param key string
---@param body table
---@param given celements.EnsureOptions checked
---@return celements.ensure.Job? job without its lock
---@return celements.Error?
function ensure.prepare(instances, key, body, given)
  local tag, err = record.tag(key)
  if not tag then return nil, err end
  local context = instances._context
  err = given.check ~= false and preflight.refuse(context, "instances:ensure", body, given)
  if err then return nil, err end
  context.journal = context.journal or memory.new()
  return {
    instances = instances, host = runtime.host_of(context, "instances:ensure", 3), key = key, tag = tag,
    request = body, given = given, store = given.store or context.journal, keeps = given.store ~= nil,
    deadline = core.now() + (given.timeout or ensure.TIMEOUT), settle = given.settle or ensure.SETTLE,
    lease = given.lease or ensure.LEASE, lock = nil,
  }
end

--- Takes the lock of a key.
---@param job celements.ensure.Job
---@param waits boolean whether to wait until whoever is at it has finished
---@return boolean ok
---@return celements.Error? err of kind "conflict" when another one is at it
function ensure.lock(job, waits)
  local wait = waits and math.max(job.deadline - core.now(), 0.001) or nil
  local err
  job.lock, err = job.store:lock(record.name(job.tag), { lease = job.lease, wait = wait })
  return job.lock ~= nil, err
end

--- Does the work for one key, whose lock was taken, and lets go of it.
---@param job celements.ensure.Job
---@return table? instance
---@return celements.Info|celements.Error
function ensure.finish(job)
  local instance, info = steps.all(job)
  job.lock:release()
  return instance, info
end

--- All of it for one key.
---@param instances celements.Instances
---@param key string
---@param body table
---@param given celements.EnsureOptions checked
---@return table? instance
---@return celements.Info|celements.Error
function ensure.one(instances, key, body, given)
  local job, err = ensure.prepare(instances, key, body, given)
  if not job then return nil, err end
  local ok
  ok, err = ensure.lock(job, true)
  if not ok then return nil, err end
  local instance, info = ensure.finish(job)
  return instance, info
end

return ensure
