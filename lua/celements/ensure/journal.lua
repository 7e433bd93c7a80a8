--- What a job of provisioning reads and writes in its store, all of it under the job's lock.

local core = require "celements.core"
local record = require "celements.ensure.record"

local journal = {}

--- Says what to do about an error of the store, when it is that another one is at the key.
---@param err celements.Error?
---@return celements.Error?
function journal.taken_over(err)
  if err and err.kind == "conflict" then
    err.message, err.hint = "another process is at the same key", "ask again with the same key"
  end
  return err
end

--- Begins the lease of the job's lock anew.
---@param job celements.ensure.Job
---@return true? ok
---@return celements.Error? err of kind "conflict" when another one has taken over
function journal.renew(job)
  local ok, err = job.lock:extend(job.lease)
  return ok, journal.taken_over(err)
end

--- Reads the record of the job's key.
---@param job celements.ensure.Job
---@return celements.ensure.Record? known nil alone: there is none
---@return celements.Error?
function journal.read(job)
  local text, err = job.store:get(record.name(job.tag))
  if not text then return nil, err end
  local known, malformed = record.read(text)
  return known, malformed
end

--- Writes the record.
---@param job celements.ensure.Job
---@param fields table `sent_at`, `within`, `request`, `instance`
---@return true? ok
---@return celements.Error?
function journal.write(job, fields)
  fields.key, fields.tag = job.key, job.tag
  local ok, err = job.store:put(record.name(job.tag), record.write(fields), job.lock)
  return ok, journal.taken_over(err)
end

--- Removes the record.
---@param job celements.ensure.Job
---@return true? ok
---@return celements.Error?
function journal.forget(job)
  local ok, err = job.store:delete(record.name(job.tag), job.lock)
  return ok, err
end

-- A client without a store remembers what it kept for as long as a listing may not show it.
local function remember_for_a_while(job)
  local recent, name = job.recent, record.name(job.tag)
  recent.last = recent.last + 1
  recent[recent.last] = { name = name, text = job.store:get(name), due = core.now() + job.settle }
  while recent.first <= recent.last and recent[recent.first].due <= core.now() do
    local old = recent[recent.first]
    recent[recent.first], recent.first = nil, recent.first + 1
    if job.store:get(old.name) == old.text then job.store:delete(old.name) end
  end
end

local function was_kept(job, instance)
  local known = journal.read(job)
  return known and known.instance and known.instance.token == instance.token
end

--- Keeps an instance that is there: its token is in the store before the caller has it, or goes with the error that
--- says why not.
---@param job celements.ensure.Job
---@param instance table
---@param prints table? fingerprints of the request
---@param info celements.Info
---@param outcome "created"|"adopted"|"unchanged"|"updated"
---@return table? instance
---@return celements.Info|celements.Error
function journal.keep(job, instance, prints, info, outcome)
  local ok, err = journal.write(job, { instance = instance, request = prints })
  if ok and job.recent then remember_for_a_while(job) end
  if not ok and err.kind == "conflict" then ok = was_kept(job, instance) end -- by who took over meanwhile
  if not ok then
    err.instance = instance
    return nil, err
  end
  info.outcome = outcome
  return instance, info
end

return journal
