--- The steps from a key to its instance.

local core = require "celements.core"
local errors = require "celements.errors"
local fingerprint = require "celements.ensure.fingerprint"
local journal = require "celements.ensure.journal"
local lookup = require "celements.ensure.lookup"
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

local function call_options(job, most)
  local options = {}
  for name in pairs(request.options) do options[name] = job.given[name] end
  options.timeout = math.min(left(job), most or math.huge)
  return options
end

local function most_of_a_creation(job)
  return job.instances._context.provision_timeout
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
  updated.token = updated.token or instance.token
  local prints
  prints, err = fingerprint.of(job.request)
  if not prints then return nil, err end
  local done, why = journal.keep(job, updated, prints, problem, "updated")
  return done, why
end

local function send(job, prints)
  local ok, err = journal.renew(job)
  if ok then ok, err = journal.write(job, { request = prints, sent_at = os.time() }) end
  if not ok then return nil, err, "unsent" end
  local options = call_options(job, most_of_a_creation(job))
  options.check, options.verify = false, job.given.verify -- it was checked before anything else
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
      local kept, why = journal.keep(job, instance or info.instance, prints, instance and info or {}, "created")
      if not kept then return nil, why end
      if not instance then return nil, info end
      local alone, several = only_one(job, instance, sending)
      if not alone then return nil, several end
      return kept, why
    elseif fate == "refused" then
      journal.forget(job)
      return nil, info
    elseif fate == "unsent" then
      return nil, info
    end
    local ok
    ok, err = journal.renew(job)
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

--- Brings the job of a key, whose lock was taken, to its end.
---@param job celements.ensure.Job
---@return table? instance
---@return celements.Info|celements.Error
function steps.all(job)
  local known, err = journal.read(job)
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

return steps
