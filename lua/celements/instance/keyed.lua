--- Instances by keys of the caller's own: each is there once, and what is left over of earlier days goes.

local core = require "celements.core"
local ensure = require "celements.ensure"
local many = require "celements.ensure.many"
local options = require "celements.options"
local parameters = require "celements.parameters"
local preflight = require "celements.instance.preflight"
local prune = require "celements.prune"
local request = require "celements.request"
local store = require "celements.store"
local tasks = require "celements.tasks"
local worklist = require "celements.worklist"

local keyed = {}

local ENSURE = {
  check = "boolean|string", verify = "boolean", store = "table|userdata", on_change = "string", settle = "seconds",
  lease = "seconds",
}

local known_for_ensure = request.options_with(ENSURE)
local known_for_ensure_many = request.options_with(ENSURE)
known_for_ensure_many.concurrency = "size"

local function check_ensure(where, given, known)
  given = options.check(where, given, known, 3)
  preflight.check_option(where, given.check, 3)
  if given.on_change and given.on_change ~= "update" and given.on_change ~= "error" then
    error(where .. ": option 'on_change' must be \"update\" or \"error\"", 3)
  end
  if given.query then parameters.query(where, given.query, 3) end
  for name, value in pairs(given.headers and parameters.headers(where, given.headers, 3) or {}) do
    local why = core.refused_header(name, value)
    if why then error(("%s: header %s %s"):format(where, name, why), 3) end
  end
  if given.store then store.check(where, "option 'store'", given.store, 3) end
  return given
end

--- Provisions the instance of a key unless it is there already: asked again, whatever happened meanwhile, it gives the
--- same instance. An instance that is found is adopted, one that was deleted is made again. `info.outcome` is
--- "created", "adopted", "unchanged" or "updated". Blocks or yields. Needs luaossl.
---
--- With a `store` this holds across processes that are killed at any instant, and among all that share the store:
--- the intent is in the store before the creation is sent, and the token before this returns. A creation that failed
--- with `err.maybe_sent` is looked for when it is asked for again.
---@param self celements.Instances
---@param key string the caller's name for what is provisioned, not empty: "customer-7 mailjet"
---@param body table as for `create`
---@param given celements.EnsureOptions?
---@return celements.Instance? instance
---@return celements.Info|celements.Error info or the error: of kind "conflict" with `changed` when the request is
--- another one than before, with `matches` when several instances are there; `err.instance` is the one that is there
function keyed.ensure(self, key, body, given)
  local where = "instances:ensure"
  options.argument(where, "key", key, "string")
  if key == "" then error(where .. ": key must be a non-empty string", 2) end
  options.argument(where, "request", body, "table", 2, given)
  given = check_ensure(where, given, known_for_ensure)
  local instance, info = ensure.one(self, key, body, given)
  return instance, info
end

--- Provisions the instances of many keys, as `ensure` does, so many at a time, and gives each as it comes, as
--- `create_many` does. Several processes with one store share the work.
---@param self celements.Instances
---@param items { key: string, request: table }[]|fun(): { key: string, request: table }? a list, or a function that
--- gives one item after the other and nil at the end
---@param given celements.EnsureManyOptions?
---@return celements.Batch batch
---@return nil
---@return nil
---@return celements.Batch closing
function keyed.ensure_many(self, items, given)
  local where = "instances:ensure_many"
  options.argument(where, "items", items, "table|function")
  worklist.check(where, "items", items, 2)
  given = check_ensure(where, given, known_for_ensure_many)
  local own = many.new(self, items, given, given.concurrency or tasks.CONCURRENCY)
  return own, nil, nil, own
end

local known_for_prune = request.options_with {
  tags = "string|table", search_text = "string", older_than = "seconds", dry_run = "boolean", spare = "table|userdata",
}

local function selects(value)
  if type(value) == "table" then value = value[1] end
  return type(value) == "string" and value:find("%S") ~= nil
end

--- Deletes instances of earlier days, for good: those that match and were made `older_than` seconds ago or earlier.
--- With `dry_run` nothing is deleted. Instances whose age the platform does not tell are left alone.
---@param self celements.Instances
---@param given celements.PruneOptions
---@return celements.Pruned[]? list what was deleted, or would be; `err` in those that could not be
---@return { undated: integer }|celements.Error info `undated`: how many were left alone for want of a date
function keyed.prune(self, given)
  local where = "instances:prune"
  given = options.check(where, given, known_for_prune, 2)
  if not selects(given.tags) and not selects(given.search_text) then
    error(where .. ": option 'tags' or 'search_text' is missing or empty: it would delete everything", 2)
  end
  if not given.older_than then error(where .. ": option 'older_than' is missing, in seconds", 2) end
  if given.spare then store.check(where, "option 'spare'", given.spare, 2) end
  local list, info = prune.all(self, given, request.call_options(given))
  return list, info
end

return keyed
