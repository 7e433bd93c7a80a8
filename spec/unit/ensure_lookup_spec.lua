-- How long a look for an instance waits between two listings.
local core = require "celements.core"
local lookup = require "celements.ensure.lookup"

local NONE = { pages = function() return { next = function() end } end }

-- Returns the pauses, and how often the lease was begun anew.
local function look(lease)
  local pauses, asked, renewed = {}, nil, 0
  local host = { current = function() return {} end }
  function host.suspend(_, left)
    if not asked then pauses[#pauses + 1] = left end
    asked = true
  end
  local function renew()
    asked, renewed = nil, renewed + 1
    return true
  end
  local job = { instances = NONE, tag = "tag", host = host, lease = lease, deadline = core.now() + 10 }
  assert.is_false(lookup.patiently(job, 2, renew))
  return pauses, renewed
end

describe("between two looks", function()
  it("the pause grows", function()
    local pauses, renewed = look(150)
    assert.equal(0.25, pauses[1])
    assert.is_true(pauses[2] > 0.25)
    assert.equal(#pauses, renewed)
  end)

  it("the lease is begun anew before it can be over", function()
    local pauses, renewed = look(0.3)
    assert.equal(#pauses, renewed)
    assert.is_true(#pauses > 2)
    for _, pause in ipairs(pauses) do assert.is_true(pause <= 0.1) end
  end)
end)
