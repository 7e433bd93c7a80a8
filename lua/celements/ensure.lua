--- Provisioning that can be asked for again and again: for each key there is one instance.
--
-- The API has no idempotency key (API documentation), so a tag made of the key stands in for one. What must hold at
-- every instant at which a process may be killed: a creation is sent only after its intent is in the store, and only
-- when a look for the tag, later than any creation sent before could still show up, has found nothing. The token is in
-- the store before the caller has it.

local copy = require "celements.copy"
local core = require "celements.core"
local errors = require "celements.errors"
local failure = require "celements.failure"
local journal = require "celements.ensure.journal"
local memory = require "celements.store.memory"
local preflight = require "celements.instance.preflight"
local protection = require "celements.runtime.protection"
local record = require "celements.ensure.record"
local request = require "celements.request"
local runtime = require "celements.runtime"
local steps = require "celements.ensure.steps"
local verification = require "celements.instance.verification"

local ensure = {}

--- Defaults, in seconds.
ensure.TIMEOUT, ensure.SETTLE, ensure.LEASE = 300, 60, 150

--- Options of `instances:ensure`. `timeout` is for all of it.
---@class celements.EnsureOptions: celements.CallOptions
---@field store celements.Store? where the journal and the tokens are kept; default one that forgets in a while
---@field on_change "error"|"update"|nil what to do when the request is not the one of before; default "error"
---@field timeout number? seconds for all of it; default 300
---@field settle number? seconds after which a creation of unknown fate that is not listed did not happen; default 60:
--- more than one takes, a listing lags behind and the clocks of machines differ together
---@field lease number? seconds after which another process may take over; default 150, or a creation's time and 50
---@field check boolean|"live"|nil as for `create`
---@field verify boolean? whether to ping the instance, whatever became of it; its token is in the store before

--- Options of `instances:ensure_many`.
---@class celements.EnsureManyOptions: celements.EnsureOptions
---@field concurrency integer? how many at a time; default 32

---@class celements.ensure.Job
---@field instances celements.Instances
---@field host celements.Host
---@field store celements.Store
---@field lock celements.Lock
---@field recent table? what a client without a store is to forget in a while
---@field key string
---@field tag string
---@field request table as the caller gave it, without tags of keys
---@field given celements.EnsureOptions
---@field settle number
---@field lease number
---@field deadline number on the clock of `core.now`

-- More than the creation itself, in seconds.
local MARGIN = 50

local function bad_tags()
  return errors.new {
    kind = "configuration", message = "the request's tags must be a list of strings", hint = 'write tags = { "…" }',
  }
end

-- An instance that was fetched may be asked for again, or serve as a model for another one: it carries the tag of its
-- own key, and two instances with one such tag could never be told apart.
local function request_of(body)
  local own, given = copy(body), body.tags
  own.tags = nil
  if given == nil or given == core.null then return own end
  if type(given) ~= "table" or given[1] == nil and next(given) ~= nil then return nil, bad_tags() end
  own.tags = {}
  for _, tag in ipairs(given) do
    if not record.is_tag(tag) then table.insert(own.tags, tag) end
  end
  return own
end

-- What is wrong with a request is found before there is a lock or an intent.
local function checked(context, body, given)
  local own, err = request_of(body)
  if not own then return nil, err end
  err = given.check ~= false and preflight.refuse(context, "instances:ensure", own, given)
  if err then return nil, err end
  local text, at, why = core.encode(own)
  if not text then return nil, failure.of_body(at, why, "POST", "/instances") end
  return own
end

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
  local own
  own, err = checked(context, body, given)
  if not own then return nil, err end
  if not given.store and not context.journal then
    context.journal, context.recent = memory.new(), { first = 1, last = 0 }
  end
  return {
    instances = instances, host = runtime.host_of(context, "instances:ensure", 3), key = key, tag = tag,
    request = own, given = given, store = given.store or context.journal,
    recent = not given.store and context.recent or nil,
    deadline = core.now() + (given.timeout or ensure.TIMEOUT), settle = given.settle or ensure.SETTLE,
    lease = given.lease or math.max(ensure.LEASE, context.provision_timeout + MARGIN), lock = nil,
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
  return job.lock ~= nil, journal.taken_over(err)
end

-- What raises, such as a store of the caller's, must not keep the key locked. (In a task of plain Lua 5.1, which cannot
-- wait inside pcall, it does until the lease is over.)
local function do_steps(job)
  if not protection.can_wait_inside and job.host.running() then return steps.all(job) end
  local ok, instance, info = pcall(steps.all, job)
  if ok then return instance, info end
  job.lock:release()
  error(instance, 0)
end

--- Does the work for one key, whose lock was taken, and lets go of it.
---@param job celements.ensure.Job
---@return table? instance
---@return celements.Info|celements.Error
function ensure.finish(job)
  local instance, info = do_steps(job)
  job.lock:release()
  if instance and job.given.verify then
    local ping = request.limits(job.given)
    ping.timeout = job.deadline - core.now()
    instance, info = verification.ping(job.instances._context, "instances:ensure", instance, info, ping)
  end
  return instance, info
end

--- Lets go of a job that is not to be done.
---@param job celements.ensure.Job|{ err: celements.Error }
function ensure.drop(job)
  if job.lock then job.lock:release() end
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
