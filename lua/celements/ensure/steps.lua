--- The steps from a key to its instance.

local copy = require "celements.copy"
local core = require "celements.core"
local errors = require "celements.errors"
local fingerprint = require "celements.ensure.fingerprint"
local journal = require "celements.ensure.journal"
local lookup = require "celements.ensure.lookup"
local record = require "celements.ensure.record"
local request = require "celements.request"

local steps = {}

-- A creation whose answer was lost is sent again at most so often.
local MOST_CREATIONS = 3

local function left(job)
  return math.max(job.deadline - core.now(), 0.001)
end

-- The implicit tag of the API: without tags, the name, stripped of markup, is one (observed). A tag of ours must not
-- take that from the caller.
local function tags_of(job)
  local tags, name = {}, job.request.name
  for _, tag in ipairs(job.request.tags or {}) do table.insert(tags, tag) end
  if not tags[1] and type(name) == "string" then
    tags[1] = name:gsub("<[^>]*>", ""):match("^%s*(.-)%s*$")
    if tags[1] == "" then tags[1] = nil end
  end
  table.insert(tags, job.tag)
  return tags
end

local function body_of(job)
  return copy(job.request, { tags = tags_of(job) })
end

local function call_options(job, timeout)
  local options = request.call_options(job.given)
  options.timeout = timeout or left(job)
  return options
end

-- A query that is meant for the creation must not hide an instance.
local function look_options(job)
  local options = request.limits(job.given)
  options.timeout = left(job)
  return options
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
    local same, why = journal.keep(job, instance, prints, info, outcome)
    return same, why
  end
  local ok, err = journal.keep(job, instance, known, info, outcome)
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
  lookup.complete(updated, instance)
  local prints
  prints, err = fingerprint.of(job.request)
  if not prints then return nil, err end
  local done, why = journal.keep(job, updated, prints, problem, "updated")
  return done, why
end

local function too_slow()
  return errors.new {
    kind = "timeout", message = "the store took all of the creation's time", hint = "ask again with the same key",
  }
end

-- After a creation that may have been sent.
local function look(job, patience)
  local function renew() return journal.renew(job) end
  local found, err = lookup.patiently(job, patience, renew, request.limits(job.given))
  if err then err.maybe_sent = true end
  return found, err
end

-- A successor counts on it that nothing is sent later than the intent says, also by a process that was paused
-- meanwhile.
local function send(job, prints)
  local within = math.min(left(job), job.instances._context.provision_timeout)
  local due = core.now() + within
  local intent = { request = prints, sent_at = os.time(), within = math.ceil(within) }
  local ok, err = journal.renew(job)
  if ok then ok, err = journal.write(job, intent) end
  if not ok then return nil, err, "unsent" end
  local timeout = due - core.now()
  if timeout <= 0 then return nil, too_slow(), "late" end
  local options = call_options(job, timeout)
  options.check = false -- it was checked before anything else
  local instance, info = job.instances:create(body_of(job), options)
  return instance, info, instance and "made" or info.maybe_sent and "unknown" or "refused"
end

-- After a creation was repeated, both may have happened.
local function only_one(job, instance, sendings)
  if sendings == 1 then return true end
  local found, err = lookup.once(job.instances, job.tag, look_options(job))
  if found == nil and err.kind == "conflict" then
    err.instance = instance
    return nil, err
  end
  return true
end

local function adopt(job, found, known)
  local instance, err = lookup.with_token(job.instances, found, call_options(job))
  if not instance then return nil, err end
  local adopted, info = reconcile(job, instance, known, request.info {}, "adopted")
  return adopted, info
end

-- `is_open`: whether there was an intent before.
local function create(job, is_open)
  local prints, err = fingerprint.of(job.request)
  if not prints then return nil, err end
  for sending = 1, MOST_CREATIONS do
    local instance, info, fate = send(job, prints)
    if fate == "made" then
      local kept, why = journal.keep(job, instance, prints, info, "created")
      if not kept then return nil, why end
      local alone, several = only_one(job, instance, sending)
      if not alone then return nil, several end
      return kept, why
    elseif fate == "refused" then
      journal.forget(job)
      return nil, info
    elseif fate == "unsent" or fate == "late" then
      -- Or the next one would wait until what was not sent can no longer show up: if that is all that may.
      if fate == "late" and sending == 1 and not is_open then journal.forget(job) end
      info.maybe_sent = sending > 1 or nil
      return nil, info
    end
    -- If these fail, looking does no harm, and nothing is sent.
    journal.renew(job)
    journal.write(job, { request = prints, sent_at = os.time() })
    local found, problem = look(job, job.settle)
    if found then
      local adopted, why = adopt(job, found, prints)
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
    local found, err = lookup.once(job.instances, job.tag, look_options(job))
    if err then err.maybe_sent = nil end -- that was about the look
    return found, err
  end
  local found, err = look(job, record.patience(known, job.settle))
  return found, err
end

local function from_store(job, known)
  local instance, info = job.instances:get(known.instance.id, call_options(job))
  if not instance and info.kind == "not_found" then return false end
  if not instance then
    info.instance, info.maybe_sent = known.instance, nil
    return nil, info
  end
  lookup.complete(instance, known.instance)
  local same, why = reconcile(job, instance, known.request, info, "unchanged")
  return same, why
end

--- Brings the job of a key, whose lock was taken, to its end.
---@param job celements.ensure.Job
---@return table? instance
---@return celements.Info|celements.Error
function steps.all(job)
  local known, err = journal.read(job)
  if err then return nil, err end
  local gone
  if known and known.instance then
    local instance, info = from_store(job, known)
    if instance ~= false then return instance, info end
    gone, known = known.instance.id, nil
  end
  local found
  found, err = find(job, known)
  if found == nil then return nil, err end
  if found and found.id ~= gone then -- a listing that lags behind may still show what was deleted
    local adopted, why = adopt(job, found, known and known.request)
    return adopted, why
  end
  local created, why = create(job, known ~= nil and known.sent_at ~= nil)
  return created, why
end

return steps
