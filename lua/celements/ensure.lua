--- Provisioning that can be asked for again and again: for each key there is one instance.
--
-- The API has no idempotency key (API documentation), so a tag made of the key stands in for one. What must hold at
-- every instant at which a process may be killed: a creation is sent only after its intent is in the store, and only
-- when a look for the tag, later than any creation sent before could still show up, has found nothing. The token is in
-- the store before the caller has it.

local core = require "celements.core"
local errors = require "celements.errors"
local fingerprint = require "celements.ensure.fingerprint"
local lookup = require "celements.ensure.lookup"
local memory = require "celements.store.memory"
local preflight = require "celements.instance.preflight"
local record = require "celements.ensure.record"
local request = require "celements.request"
local runtime = require "celements.runtime"

local ensure = {}

--- Defaults, in seconds.
ensure.TIMEOUT, ensure.SETTLE, ensure.LEASE = 300, 60, 150

-- A creation whose answer was lost is sent again at most so often.
local MOST_CREATIONS = 3

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

local function left(job)
  return math.max(job.deadline - core.now(), 0.001)
end

-- The implicit tag of the API: without tags, the name, stripped of markup, is one (observed). A tag of ours must not
-- take that from the caller.
local function tags_of(job)
  local tags, name = {}, job.request.name
  if type(job.request.tags) == "table" then
    for _, tag in ipairs(job.request.tags) do table.insert(tags, tag) end
  end
  if not tags[1] and type(name) == "string" then
    tags[1] = name:gsub("<[^>]*>", ""):match("^%s*(.-)%s*$")
    if tags[1] == "" then tags[1] = nil end
  end
  table.insert(tags, job.tag)
  return tags
end

local function body_of(job)
  local body = {}
  for name, value in pairs(job.request) do body[name] = value end
  body.tags = tags_of(job)
  return body
end

local function renew(job)
  local ok, err = job.lock:extend(job.lease)
  return ok, err
end

local function read(job)
  local text, err = job.store:get(record.name(job.tag))
  if not text then return nil, err end
  local value, malformed = record.read(text)
  return value, malformed
end

local function write(job, fields)
  fields.key, fields.tag = job.key, job.tag
  local ok, err = job.store:put(record.name(job.tag), record.write(fields), job.lock)
  return ok, err
end

local function forget(job)
  local ok, err = job.store:delete(record.name(job.tag), job.lock)
  return ok, err
end

local function call_options(job, most)
  local options = {}
  for name in pairs(request.options) do options[name] = job.given[name] end
  options.timeout = math.min(left(job), most or math.huge)
  return options
end

local function most_of_a_creation(job)
  return job.instances._context.provision_timeout
end

local function was_kept(job, instance)
  local known = read(job)
  return known and known.instance and known.instance.token == instance.token
end

-- The instance is there. Its token is in the store before the caller has it, or goes with the error that says why not.
local function keep(job, instance, prints, info, outcome)
  local ok, err
  if job.keeps then
    ok, err = write(job, { instance = instance, request = prints })
  else
    ok, err = forget(job)
  end
  if not ok and err.kind == "conflict" then ok = was_kept(job, instance) end -- by who took over meanwhile
  if not ok then
    err.instance = instance
    return nil, err
  end
  info.outcome = outcome
  return instance, info
end

local function change_refused(job, instance, changed)
  local is_other = false
  for _, part in ipairs(changed) do is_other = is_other or part:find("^element%.[ki]") ~= nil end
  return errors.new {
    kind = "conflict",
    message = ("the request differs from the one that this key stands for: %s"):format(table.concat(changed, ", ")),
    hint = (is_other or job.given.on_change) and "give it another key" or "give on_change = \"update\", or another key",
    changed = changed,
    instance = instance,
  }, is_other
end

-- The instance is the key's; whether it is what the request asks for is another question.
local function reconcile(job, instance, known, info, outcome)
  local changed
  if known then changed = fingerprint.changed(known, job.request)
  else changed = fingerprint.differs(instance, job.request) end
  if not changed then
    local prints, err = known, nil
    if not prints then prints, err = fingerprint.of(job.request) end
    if not prints then return nil, err end
    local same, why = keep(job, instance, prints, info, outcome)
    return same, why
  end
  local ok, err = keep(job, instance, known, info, outcome)
  if not ok then return nil, err end
  local refusal, is_other = change_refused(job, instance, changed)
  if is_other or job.given.on_change ~= "update" then return nil, refusal end
  local body = body_of(job)
  body.element, body.providerData = nil, nil
  local updated, problem = job.instances:update(instance.id, body, call_options(job))
  if not updated then
    problem.instance = problem.instance or instance
    return nil, problem
  end
  updated.token = updated.token or instance.token
  local prints
  prints, err = fingerprint.of(job.request)
  if not prints then return nil, err end
  local done, why = keep(job, updated, prints, problem, "updated")
  return done, why
end

local function send(job, prints)
  local ok, err = renew(job)
  if ok then ok, err = write(job, { request = prints, sent_at = os.time() }) end
  if not ok then return nil, err, "unsent" end
  local options = call_options(job, most_of_a_creation(job))
  options.check, options.verify = job.given.check, job.given.verify
  local instance, info = job.instances:create(body_of(job), options)
  return instance, info, instance and "made" or info.instance and info.instance.token and "made" or
    info.maybe_sent and "unknown" or "refused"
end

-- After a creation was repeated, both may have happened.
local function only_one(job, instance, sendings)
  if sendings == 1 then return true end
  local found, err = lookup.once(job.instances, job.tag, left(job))
  if found == nil and err.kind == "conflict" then
    err.instance = instance
    return nil, err
  end
  return true
end

local function create(job)
  local prints, err = fingerprint.of(job.request)
  if not prints then return nil, err end
  for sending = 1, MOST_CREATIONS do
    local instance, info, fate = send(job, prints)
    if fate == "made" then
      local kept, why = keep(job, instance or info.instance, prints, instance and info or {}, "created")
      if not kept then return nil, why end
      if not instance then return nil, info end
      local alone, several = only_one(job, instance, sending)
      if not alone then return nil, several end
      return kept, why
    elseif fate == "refused" then
      forget(job)
      return nil, info
    elseif fate == "unsent" then
      return nil, info
    end
    local ok
    ok, err = renew(job)
    if not ok then return nil, err end
    local found, problem = lookup.patiently(job.instances, job.tag, job.settle, left(job), job.host)
    if found then
      local adopted, why = reconcile(job, found, prints, request.info {}, "adopted")
      return adopted, why
    end
    if found == nil then
      if problem.kind == "conflict" then return nil, problem end
      info.hint = lookup.undecided().hint
      return nil, info
    end
    err = info
  end
  return nil, err
end

-- An earlier creation may have happened, or still be going on.
local function find(job, known)
  if not (known and known.sent_at) then
    local found, err = lookup.once(job.instances, job.tag, left(job))
    return found, err
  end
  local age = math.max(0, os.time() - known.sent_at - 1) -- whole seconds
  local found, err = lookup.patiently(job.instances, job.tag, job.settle - age, left(job), job.host)
  return found, err
end

local function from_store(job, known)
  local instance, info = job.instances:get(known.instance.id, call_options(job))
  if not instance and info.kind == "not_found" then return false end
  if not instance then
    info.instance = known.instance
    return nil, info
  end
  instance.token = instance.token or known.instance.token
  local same, why = reconcile(job, instance, known.request, info, "unchanged")
  return same, why
end

local function settle(job)
  local known, err = read(job)
  if err then return nil, err end
  if known and known.instance then
    local instance, info = from_store(job, known)
    if instance ~= false then return instance, info end
    known = nil
  end
  local found
  found, err = find(job, known)
  if found == nil then return nil, err end
  if found then
    local adopted, why = reconcile(job, found, known and known.request, request.info {}, "adopted")
    return adopted, why
  end
  local created, why = create(job)
  return created, why
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
  local err
  job.lock, err = job.store:lock(record.name(job.tag), { lease = job.lease, wait = waits and left(job) or nil })
  return job.lock ~= nil, err
end

--- Does the work for one key, whose lock was taken, and lets go of it.
---@param job celements.ensure.Job
---@return table? instance
---@return celements.Info|celements.Error
function ensure.finish(job)
  local instance, info = settle(job)
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
