-- Everyone has a turn under the scheduler, whatever the others do.
local celements = require "celements"
local core = require "celements.core"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local child = require "spec.support.child"
local loops = require "spec.support.loops"
local waiting = require "spec.support.waiting"

local server, client

setup(function()
  server = assert(sandbox.start())
  client = caller.client(server)
end)
teardown(function()
  client:close()
  server:stop()
end)

-- Seconds; passed only when something is wrong.
local LIMIT = 60

local function yield_until(condition)
  local limit = core.now() + LIMIT
  while not condition() do
    if core.now() > limit then return false end
    coroutine.yield()
  end
  return true
end

local function start_tasks_until(condition)
  local limit = core.now() + LIMIT
  local function go_on()
    if condition() or core.now() > limit then return condition() end
    return celements.spawn(go_on)
  end
  local task = celements.spawn(go_on)
  repeat task = task:wait() until type(task) ~= "table"
  return task
end

describe("a task that is always ready", function()
  for name, busy in pairs { ["yields without end"] = yield_until, ["starts others without end"] = start_tasks_until } do
    it(name .. " and does not hold up a call", function()
      local answer
      local call = celements.spawn(function()
        answer = assert(client:request("GET", "/elements/keys"))
        return answer
      end)
      assert.is_true(celements.spawn(function() return busy(function() return answer ~= nil end) end):wait())
      assert.equal(answer, (call:wait()))
    end)

    it(name .. " and does not hold up a sleeper", function()
      local awake = false
      local sleeper = celements.spawn(function()
        celements.sleep(0.001)
        awake = true
        return true
      end)
      assert.is_true(celements.spawn(function() return busy(function() return awake end) end):wait())
      assert.is_true(sleeper:wait())
      assert.equal(0, waiting.tasks())
    end)
  end
end)

it("a task waits by what runs it, though an event loop has been loaded that could be meant", function()
  for _, name in ipairs { "copas", "cqueues", "luv" } do
    if loops[name] then
      local output = child.run([[
        local celements = require "celements"
        celements.new { user_secret = "u", organization_secret = "o", loop = (...) }
        local task = celements.spawn(function()
          celements.sleep(0.01)
          return #celements.map({ 1, 2 }, function(item) return item end)
        end)
        print(task:wait())]], { name })
      assert.equal("2\tnil\n", output)
    end
  end
end)
