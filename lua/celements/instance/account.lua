--- What `client.instances` tells about the account's instances beyond their list.

local copy = require "celements.copy"
local options = require "celements.options"
local pages = require "celements.pages"
local request = require "celements.request"
local shape = require "celements.instance.shape"

local account = {}

--- Options of `instances:event_analytics`.
---@class celements.AnalyticsOptions: celements.CallOptions
---@field from string? a date in ISO 8601 (API documentation)
---@field to string? likewise
---@field interval string? what is counted together, "minute" for one (API documentation)
---@field by "instances"|"accounts"|nil whose events are counted apart
---@field account_ids (string|integer)[]? the accounts to count for

local known_for_analytics = request.options_with {
  from = "string", to = "string", interval = "string", by = "string", account_ids = "table",
}

--- Options of `instances:polling_disabled`.
---@class celements.PollingDisabledOptions: celements.CallOptions
---@field page_size integer? instances a page
---@field next_page string? the cursor of the page, from `info.next_page`

local known_for_list = request.options_with { page_size = "size", next_page = "string" }

--- Fetches a page of the account's instances whose poller the platform shut off (API documentation).
---@param self celements.Instances
---@param given celements.PollingDisabledOptions?
---@return celements.Instance[]? instances
---@return celements.Info|celements.Error
function account.polling_disabled(self, given)
  local where, path = "instances:polling_disabled", "/instances/polling-disabled"
  given = options.check(where, given, known_for_list, 2)
  local call = request.call_options(given)
  call.query = copy(given.query, { pageSize = given.page_size, nextPage = given.next_page })
  local list, info = pages.get(self._context, where, path, call, 2)
  return shape.list(list, info, path)
end

--- Counts the account's events over time: `GET /instances/events/analytics`, by default in total, with `by` for each
--- instance or each account.
---@param self celements.Instances
---@param given celements.AnalyticsOptions?
---@return table[]? counts `{ timestamp, count }`, or with `by` `{ timestamp, total, records }` (observed)
---@return celements.Info|celements.Error
function account.event_analytics(self, given)
  local where = "instances:event_analytics"
  given = options.check(where, given, known_for_analytics, 2)
  local path = "/instances/events/analytics"
  if given.by then
    if given.by ~= "instances" and given.by ~= "accounts" then
      error(where .. ": option 'by' must be \"instances\" or \"accounts\"", 2)
    end
    path = path .. "/" .. given.by
  end
  local call = request.call_options(given)
  call.query = copy(given.query, {
    from = given.from, to = given.to, interval = given.interval, ["accountIds[]"] = given.account_ids,
  })
  local list, info = pages.get(self._context, where, path, call, 2)
  return list, info
end

return account
