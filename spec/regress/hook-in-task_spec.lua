-- A debug hook, which is how signals come to Lua, strikes between any two instructions. What it closes or cancels in a
-- task ends there, and nobody waits for ever.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

local jit = rawget(_G, "jit")

-- Calls `work` after so many instructions of the running task. Returns what tells whether it did.
local function strike(count, work)
  local own, struck = coroutine.running(), false
  debug.sethook(function()
    debug.sethook()
    struck = coroutine.running() == own -- LuaJIT's hooks are everyone's
    if struck then work() end
  end, "", count)
  return function() return struck end
end

describe("a hook in a task", function()
  local server

  setup(function()
    server = assert(sandbox.start())
    if jit then jit.off() end -- what is compiled calls no hooks
  end)
  teardown(function()
    if jit then jit.on() end
    server:stop()
  end)

  local function kind_of(client)
    local value, err = client:request("GET", "/elements/keys")
    return value and "answered" or err.kind
  end

  -- Returns whether it struck while the call was made.
  local function close_after(count, is_known)
    local client = caller.client(server)
    if is_known then assert.equal("answered", kind_of(client)) end
    local struck, kind
    local task = celements.spawn(function()
      local has_struck = strike(count, function() client:close() end)
      kind = kind_of(client)
      debug.sethook()
      struck = has_struck()
      client:close()
      return kind_of(client)
    end)
    assert.equal("closed", (task:wait()))
    assert.is_true(kind == "answered" or struck and kind == "closed", kind)
    return struck
  end

  for name, is_known in pairs { ["its first call"] = false, ["a later call"] = true } do
    it("may close the client anywhere in " .. name, function()
      local count = 1
      while close_after(count, is_known) do count = count + 1 end
      assert.is_true(count > 50)
    end)
  end

  it("may cancel the task anywhere on its way into a sleep", function()
    local count, has_struck = 0, nil
    repeat
      count = count + 1
      local task
      task = celements.spawn(function()
        has_struck = strike(count, function() task:cancel() end)
        celements.sleep(4)
        debug.sethook()
      end)
      celements.spawn(function() return has_struck() or task:cancel() end)
      assert.is_true(waiting.overtakes_sleep(task))
    until not has_struck()
    assert.is_true(count > 20)
  end)
end)
