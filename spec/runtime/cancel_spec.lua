-- Cancelling a task: what it waits for ends, it makes no more calls, and nobody else notices.
local celements = require "celements"
local protection = require "celements.runtime.protection"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function()
  client:close()
  assert.equal(0, waiting.tasks())
end)

local function get(path)
  return client:request("GET", path or "/elements/keys")
end

-- A task whose call does not end.
local function held_task()
  waiting.hold(server, 1, { path = "^/instances$" })
  local task = celements.spawn(function() return client.instances:list() end)
  waiting.till(function()
    get()
    return waiting.held(server) >= 1
  end, "the request")
  return task
end

local function cancelled(task)
  local value, err = task:wait()
  assert.is_nil(value)
  assert.equal("cancelled", err.kind)
  return err
end

describe("cancelling", function()
  it("ends the call that is in flight, at once, and every later one", function()
    waiting.hold(server, 1, { path = "^/instances$" })
    local kinds = {}
    local task = celements.spawn(function()
      for _ = 1, 3 do
        local _, err = client.instances:list()
        table.insert(kinds, err.kind)
      end
      return nil, "ended"
    end)
    waiting.till(function()
      get()
      return waiting.held(server) >= 1
    end, "the request")
    task:cancel()
    assert.equal("celements.Task (cancelled)", tostring(task))
    assert.same({ nil, "ended" }, { task:wait() })
    assert.same({ "cancelled", "cancelled", "cancelled" }, kinds)
  end)

  it("says of a creation that it may have happened", function()
    waiting.hold(server, 1, { method = "POST" })
    local task = celements.spawn(function() return client.instances:create(caller.mailjet()) end)
    waiting.till(function()
      get()
      return waiting.held(server) >= 1
    end, "the request")
    task:cancel()
    local err = cancelled(task)
    assert.is_true(err.maybe_sent)
    assert.is_false(err.retryable)
  end)

  it("before the work began keeps it from beginning", function()
    local begun = false
    local task = celements.spawn(function() begun = true end)
    task:cancel()
    cancelled(task)
    assert.is_false(begun)
  end)

  it("after the work has ended changes nothing", function()
    local task = celements.spawn(function() return "done" end)
    task:wait()
    task:cancel()
    assert.is_false(task.cancelled)
    assert.equal("done", task:wait())
  end)

  it("ends a sleep, and a wait for another task, which goes on", function()
    local sleeper = celements.spawn(function() celements.sleep(3600) end)
    local held = held_task()
    local waits = celements.spawn(function() return held:wait() end)
    get()
    sleeper:cancel()
    waits:cancel()
    cancelled(sleeper)
    cancelled(waits)
    assert.equal("celements.Task (running)", tostring(held))
    held:cancel()
    cancelled(held)
  end)

  it("leaves a wait behind that harms no later task", function()
    local held = held_task()
    local waits = celements.spawn(function() return held:wait() end)
    get()
    waits:cancel()
    cancelled(waits)
    held:cancel()
    cancelled(held)
    assert.equal("later", (celements.spawn(function() return get() and "later" end):wait()))
  end)

  -- In so many rounds a task that gives turns sees the end of another one's call.
  local function goes_on(work)
    local other = celements.spawn(get)
    local own, saw
    own = celements.spawn(function()
      own:cancel()
      local rounds = 0
      repeat
        work(other)
        rounds = rounds + 1
      until other.done or rounds == 20000
      saw = other.done
    end)
    own:wait()
    assert.is_true(saw)
    other:wait()
  end

  it("leaves the others their turns while the task goes on with calls and waits", function()
    goes_on(function() assert.equal("cancelled", select(2, get()).kind) end)
    goes_on(function(other) assert.equal("cancelled", select(2, other:wait()).kind) end)
  end)

  if protection.can_wait_inside then
    it("leaves the others their turns while the task goes on sleeping", function()
      goes_on(function()
        local ok, err = pcall(celements.sleep, 0)
        assert.same({ false, "cancelled" }, { ok, err.kind })
      end)
    end)
  end

  it("reaches coroutines of the task's own, whose calls are refused", function()
    local own
    own = celements.spawn(function()
      local kinds = {}
      local calls = coroutine.wrap(function()
        while true do
          local _, err = get()
          coroutine.yield(type(err) == "table" and err.kind or "answered")
        end
      end)
      table.insert(kinds, calls())
      own:cancel()
      table.insert(kinds, calls())
      table.insert(kinds, calls())
      return kinds
    end)
    assert.same({ "answered", "cancelled", "cancelled" }, (own:wait()))
    assert(get())
  end)

  it("twice, after the end, or by the task itself does no harm", function()
    local done = celements.spawn(function() return "value" end)
    done:wait()
    done:cancel()
    assert.equal("value", (done:wait()))
    local own
    own = celements.spawn(function()
      own:cancel()
      own:cancel()
      return get()
    end)
    cancelled(own)
    assert(get())
  end)
end)
