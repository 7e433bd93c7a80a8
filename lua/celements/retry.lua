--- Trying again: the attempts of a call after the first, and the waits between them.

local copy = require "celements.copy"
local core = require "celements.core"
local hooks = require "celements.hooks"
local runtime = require "celements.runtime"

local retry = {}

-- A blip may strike as many calls as `celements.map` makes at once. While things go wrong for longer, a client tries
-- again for one in ten of its calls that succeed, and no more (`make bench-outage`).
local COST = 10
local SHARE = 1
local CAPACITY = 32 * COST

--- How much of what a client may try again is used up.
---@class celements.Budget
---@field spent integer tenths of a retry

--- What came of an attempt that failed.
---@class celements.Try
---@field kind celements.Kind of its failure
---@field status integer? HTTP status, nil when no answer came
---@field reason celements.Reason why it was tried again, or not
---@field delay number? seconds until the next attempt; nil for the last

--- Why a call was tried again, or not.
---@alias celements.Reason
---| "unsent" # nothing of the request was sent
---| "asked" # the platform refused, and said when to try again
---| "repeatable" # the failure may pass, and the method be repeated
---| "hopeless" # not again: repeating it cannot help
---| "unsafe" # not again: it may have been done, and must not be done twice
---| "retries" # not again: that was the last of its retries
---| "deadline" # not again: the call's time would be over
---| "budget" # not again: too many of the client's calls fail
---| "sleepless" # not again: the event loop cannot wait

--- What a failed attempt left; of an engine that was closed, there is neither a reason nor a duration.
---@class celements.Taken
---@field kind celements.Kind
---@field status integer 0 where no answer began
---@field value any the answer's body; nil when it was empty or not JSON
---@field detail string? what went wrong on the way, or with the JSON
---@field cut boolean? whether the answer broke off
---@field block string the answer's headers
---@field duration number? seconds
---@field maybe_sent boolean? whether the platform may have done the work all the same
---@field reason celements.Reason?
---@field delay number? seconds to wait before the next one; nil: there must be none
---@field retry_after number? seconds
---@field body string? as it was sent
---@field times table? of its phases, where a hook wants them

---@return celements.Budget
function retry.budget()
  return { spent = 0 }
end

--- A call succeeded. A retry that did is no sign of trouble, and costs nothing.
---@param budget celements.Budget
---@param attempt integer? nil for the first of the call
function retry.repay(budget, attempt)
  budget.spent = math.max(0, budget.spent - (attempt and COST or SHARE))
end

-- Why there must not be another attempt, though it could help. Takes from the budget if there may be.
local function objection(call, attempt, delay)
  if attempt > call.limit then return "retries" end
  if core.now() + delay >= call.deadline then return "deadline" end
  local budget = call.context.budget
  if budget.spent + COST > CAPACITY then return "budget" end
  budget.spent = budget.spent + COST
end

local function note(call, attempt, err, taken)
  local delay, reason = taken.delay, taken.reason or "hopeless" -- of an engine that was closed
  if delay then
    local against = objection(call, attempt, delay)
    if against then delay, reason = nil, against end
  end
  call.tries[attempt] = { kind = err.kind, status = err.status, reason = reason, delay = delay }
  return delay
end

-- Judges an attempt. Returns whether there is to be another, when the time for it has come.
local function goes_on(call, attempt, err, taken)
  local context = call.context
  local delay = taken and note(call, attempt, err, taken)
  call.maybe_sent = call.maybe_sent or err.maybe_sent
  if context.hooks then
    hooks.response(context, call.method, call.path, attempt, err, taken and taken.times, err.hook_error, delay)
    call.hook_error = call.hook_error or err.hook_error
  end
  if not delay then return false end
  local why = runtime.pause(context, delay)
  if why then call.tries[attempt].delay, call.tries[attempt].reason = nil, why end
  return not why
end

-- The fate of the whole call, in the result of its last attempt.
local function conclude(call, result)
  if call.tries[1] then result.tries = call.tries end
  result.hook_error = result.hook_error or call.hook_error
end

local function succeeded(call, info)
  conclude(call, info)
  info.duration = core.now() - call.began
end

local function failed(call, err)
  conclude(call, err)
  err.attempts = call.tries[1] and #call.tries or err.attempts
  err.maybe_sent = call.maybe_sent or nil
end

-- What was to be deleted is gone: it was an attempt before this one that did it, whose answer was lost. An instance's
-- token goes with it (401 is what others observed for a deleted one).
local function was_deleted(call, err)
  if call.method ~= "DELETE" or not call.maybe_sent then return false end
  return err.status == 404 or err.status == 401 and call.path == "/instances"
end

local function begin(request, context, where, method, path, given, taken)
  local call = {
    request = request, context = context, where = where, method = method, path = path, given = given, tries = {},
    limit = given.retries or context.retries, maybe_sent = nil, hook_error = nil,
  }
  if not (taken and taken.delay) then return call end
  call.began = core.now() - taken.duration
  call.deadline = call.began + (given.timeout or context.timeout)
  call.given = copy(given)
  call.given.body = taken.body -- though the table it was made of may have changed meanwhile
  return call
end

local function try(call, attempt)
  call.given.timeout = math.max(call.deadline - core.now(), 0.001)
  return call.request.perform(call.context, call.where, call.method, call.path, call.given, 1, attempt)
end

--- Goes on with a call whose first attempt has failed. Blocks or yields.
---@param request table the module, which makes the attempts
---@param context celements.Context
---@param where string
---@param method string
---@param path string
---@param given celements.CallOptions
---@param err celements.Error
---@param taken celements.Taken? nil when no answer was to be had, for a reason that stays
---@return any body
---@return celements.Info|celements.Error
function retry.run(request, context, where, method, path, given, err, taken)
  local call = begin(request, context, where, method, path, given, taken)
  local attempt = 1
  while goes_on(call, attempt, err, taken) do
    attempt = attempt + 1
    local value
    value, err, taken = try(call, attempt)
    if value ~= nil then
      succeeded(call, err)
      return value, err
    end
  end
  if was_deleted(call, err) then
    local info = request.info { status = err.status, attempts = attempt, request_id = err.request_id }
    succeeded(call, info)
    return true, info
  end
  failed(call, err)
  return nil, err
end

return retry
