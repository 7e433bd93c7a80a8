--- Handlers of `/accounts`, as far as they list instances. There is one account.
local paging = require "celements.sandbox.paging"
local reply = require "celements.sandbox.reply"
local view = require "celements.sandbox.view"

local accounts = {}

--- The account's id.
accounts.ID = "1"

--- `GET /accounts/instances` and `GET /accounts/{id}/instances`.
function accounts.instances(context)
  local id = context.captures.account
  if id and id ~= accounts.ID then return reply.fail(404, "No account found with ID " .. id) end
  local page, headers = paging.cut(context.request, context.state.instances, {
    key = "sequence", total = context.switches.total_count,
  })
  return view.list(context, page, headers, { brief = true })
end

--- `GET /instances/polling-disabled`: those whose poller was shut off.
function accounts.polling_disabled(context)
  local page, headers = paging.cut(context.request, context.state.instances, {
    key = "sequence", total = context.switches.total_count,
    keep = function(instance) return instance.polling_disabled end,
  })
  return view.list(context, page, headers)
end

return accounts
