--- Instances that are made up while they are listed, so that a list can be longer than memory is large.
--
-- They stand behind the real ones in a `GET /instances` without a filter, and nowhere else.
local elements = require "celements.sandbox.elements"

local crowd = {}

-- Above every id and sequence number that creations reach.
local FIRST_ID = 2000000000
local FIRST_SEQUENCE = 2 ^ 40

local EMPTY, TAGS, CREATED = {}, { "crowd" }, "2018-05-01T10:00:00Z"

local function member(number)
  return {
    id = ("%.0f"):format(FIRST_ID + number), sequence = FIRST_SEQUENCE + number,
    token = ("Y3Jvd2QtdG9rZW4tb2YtYW4taW5zdGFuY2U%08d="):format(number),
    name = ("Crowd %d"):format(number), element = elements.find("mailjet"), configuration = EMPTY, tags = TAGS,
    created = CREATED, disabled = false, in_use = false, valid = true, external = "none",
  }
end

--- A list of the real instances and as many more as the switch `crowd` says, none of which is kept.
---@param state celements.sandbox.State
---@return table list with its length as `n`
function crowd.behind(state)
  local real = state.instances
  return setmetatable({ n = #real + state.switches.crowd }, {
    __index = function(_, index) return real[index] or member(index - #real) end,
  })
end

return crowd
