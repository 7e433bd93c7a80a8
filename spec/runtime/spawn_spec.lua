-- celements.spawn, wait, wait_all and sleep: irregular work in one Lua thread.
local celements = require "celements"
local protection = require "celements.runtime.protection"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local child = require "spec.support.child"
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

describe("a task", function()
  it("runs while anything waits, and not before", function()
    local begun = false
    local task = celements.spawn(function()
      begun = true
      return get() and "answered"
    end)
    assert.is_false(begun)
    assert.equal("celements.Task (running)", tostring(task))
    assert(get())
    assert.is_true(begun)
    assert.equal("answered", (task:wait()))
    assert.equal("celements.Task (done)", tostring(task))
  end)

  it("gives what its work returned, as often as it is asked", function()
    local fine = celements.spawn(function() return false, "second" end)
    local failed = celements.spawn(function() return nil, "why" end)
    local nothing = celements.spawn(function() end)
    for _ = 1, 2 do
      assert.same({ false, "second" }, { fine:wait() })
      assert.same({ nil, "why" }, { failed:wait() })
      assert.same({ nil, nil }, { nothing:wait() })
    end
  end)

  it("gives what its work raised, whatever that is", function()
    local thrown = setmetatable({}, { __tostring = function() error "not to be asked" end })
    assert.equal(thrown, select(2, celements.spawn(function() error(thrown) end):wait()))
    assert.equal("text", select(2, celements.spawn(function() error("text", 0) end):wait()))
    local _, nothing = pcall(error) -- a text in Lua 5.5
    assert.equal(nothing or "an error without a message", select(2, celements.spawn(function() error(nil) end):wait()))
    assert.truthy(select(2, celements.spawn(function() return #nil end):wait()):find("spawn_spec.lua:", 1, true))
  end)

  if coroutine.close then
    it("closes what it left open when it raised", function()
      local result, closing = assert(load [[
        local celements = ...
        local store = celements.store.memory()
        local _, err = celements.spawn(function()
          local held <close> = assert(store:lock "name")
          error("raised", 0)
        end):wait()
        local _, last = celements.spawn(function()
          local faulty <close> = setmetatable({}, { __close = function() error("in closing", 0) end })
          error("raised", 0)
        end):wait()
        return { err, (store:lock "name") ~= nil }, last]])(celements)
      assert.same({ "raised", true }, result)
      assert.equal("in closing", closing)
    end)
  end

  it("is waited for by several", function()
    local task = celements.spawn(function() return get() and "one" end)
    local tasks = {}
    for index = 1, 5 do tasks[index] = celements.spawn(function() return task:wait() end) end
    assert.same({ "one", "one", "one", "one", "one", n = 5 }, (celements.wait_all(tasks)))
  end)

  it("spawns others and waits for them", function()
    local function tree(depth)
      if depth == 0 then return get() and 1 end
      local left, right = celements.spawn(function() return tree(depth - 1) end),
        celements.spawn(function() return tree(depth - 1) end)
      return left:wait() + right:wait()
    end
    assert.equal(16, tree(4))
  end)

  it("may make 10,000 others, which leave nothing behind", function()
    local function crowd()
      local tasks = {}
      for index = 1, 10000 do tasks[index] = celements.spawn(function() return index end) end
      local values = celements.wait_all(tasks)
      assert.equal(10000, values[10000])
    end
    local function used()
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    crowd()
    local before = used()
    for _ = 1, 5 do crowd() end
    assert.is_true(used() < before + 512, used() - before .. " KiB more")
  end)

  it("leaves no coroutine behind when it raised", function()
    local left = setmetatable({}, { __mode = "k" })
    local function fail()
      left[coroutine.running()] = true
      error "why"
    end
    for _ = 1, 20 do celements.spawn(fail):wait() end
    celements.spawn(function() end):wait()
    collectgarbage()
    collectgarbage()
    local count = 0
    for _ in pairs(left) do count = count + 1 end
    assert.is_true(count < 2) -- what Lua still has in a register
  end)

  it("whose value nobody wants is done all the same", function()
    local done = 0
    for _ = 1, 3 do
      celements.spawn(function()
        assert(get())
        done = done + 1
      end)
    end
    collectgarbage()
    waiting.till(function()
      get()
      return done == 3
    end, "three tasks")
  end)

  it("keeps coroutines of its own to itself", function()
    local values = {}
    local task = celements.spawn(function()
      local numbers = coroutine.wrap(function()
        for index = 1, 3 do coroutine.yield(index) end
      end)
      for _ = 1, 3 do
        table.insert(values, numbers())
        assert(get())
      end
      return true
    end)
    assert.is_true(task:wait())
    assert.same({ 1, 2, 3 }, values)
  end)

  it("blocks nobody for ever when a coroutine made inside it makes a call", function()
    local task = celements.spawn(function()
      local inner = coroutine.create(function() return get() end)
      local ok, answer = coroutine.resume(inner)
      return ok and type(answer) == "table" and coroutine.status(inner)
    end)
    assert.equal("dead", (task:wait()))
  end)

  it("cannot be waited for in a coroutine made inside a task: the others would run inside it", function()
    local other = celements.spawn(function() return get() and 1 end)
    local task = celements.spawn(function()
      return coroutine.wrap(function() return pcall(other.wait, other) end)()
    end)
    task:wait()
    local refusal = celements.spawn(function()
      local late = celements.spawn(function() return get() end)
      local ok, err = coroutine.resume(coroutine.create(function() return late:wait() end))
      late:wait()
      return not ok and err
    end):wait()
    assert.truthy(refusal:find("a coroutine made inside a task cannot wait for tasks", 1, true))
    other:wait()
  end)

  it("may yield of its own: the others have their turn", function()
    local order = {}
    local function worker(name)
      return function()
        for _ = 1, 3 do
          table.insert(order, name)
          coroutine.yield "anything"
        end
      end
    end
    celements.wait_all { celements.spawn(worker "a"), celements.spawn(worker "b") }
    assert.equal("ababab", table.concat(order))
  end)

  if protection.can_wait_inside then
    it("may wait in protected calls, iterators, comparisons and sorting's like", function()
      local task = celements.spawn(function()
        local seen = {}
        for value in function() if #seen < 2 then return get() and #seen + 1 end end do table.insert(seen, value) end
        local ok, err = pcall(function()
          assert(get())
          error("after", 0)
        end)
        local proxy = setmetatable({}, { __index = function() return get() and "indexed" end })
        return { #seen, ok, err, proxy.field }
      end)
      assert.same({ 2, false, "after", "indexed" }, (task:wait()))
    end)
  end

  it("that calls from where nothing can wait blocks, or raises where Lua cannot tell", function()
    local task = celements.spawn(function()
      local answers = {}
      local ok = pcall(string.gsub, "ab", ".", function() table.insert(answers, (get())) end)
      assert(get())
      return { ok, #answers }
    end)
    assert.same(coroutine.isyieldable and { true, 2 } or { false, 0 }, (task:wait()))
  end)

  -- In a process where nobody else makes calls.
  local function alone(code)
    assert.same({ "", 0 }, { child.run([[
      local celements = require "celements"
      local url, user, organization = ...
      local function new_client()
        return celements.new { base_url = url, user_secret = user, organization_secret = organization }
      end
      local function collect() for _ = 1, 3 do collectgarbage() end end]] .. "\n" .. code,
      { server.base_url, server.user_secret, server.organization_secret }) })
  end

  it("leaves its connection to the client's other calls", function()
    alone [[
      local client = new_client()
      local function get() return assert(client:request("GET", "/elements/keys")) end
      for _ = 1, 3 do
        assert(celements.spawn(function() return get() and get() end):wait())
        collect()
      end
      get()]]
    local arrived = caller.arrived(server)
    assert.equal(7, #arrived)
    for _, entry in ipairs(arrived) do assert.equal(arrived[1].connection, entry.connection) end
  end)

  it("leaves behind neither its client nor the connections", function()
    alone [[
      local left = setmetatable({}, { __mode = "k" })
      local function use(run)
        local client = new_client()
        run(function() return client:request("GET", "/elements/keys") end, client)
        left[client], left[client._context.reactor] = "client", "reactor"
      end
      use(function(work) assert(celements.spawn(work):wait()) end)
      use(function(work) assert(celements.map({ 1, 2, 3 }, work)[3]) end)
      use(function(work)
        local task = celements.spawn(work)
        work() -- waits outside the task, which runs meanwhile
        assert(task:wait())
      end)
      use(function(work, client)
        local task = celements.spawn(work)
        local session = client:with_token("token")
        local _, err = session:upload("/hubs/documents/files", { source = function() return false end })
        assert(err.kind == "cancelled", tostring(err))
        assert(task:wait())
      end)
      use(function(work, client)
        local _, err = celements.spawn(function() error(work() and tostring(client), 0) end):wait()
        assert(err:find("celements.Client", 1, true), err)
      end)
      collect()
      for _, name in pairs(left) do print(name) end]]
  end)

  it("in a finaliser neither waits nor disturbs", function()
    local kinds = {}
    local function leave(work)
      local proxy = newproxy and newproxy(true) -- luacheck: ignore
      if proxy then
        getmetatable(proxy).__gc = work
      else
        setmetatable({}, { __gc = work })
      end
    end
    local task = celements.spawn(function()
      leave(function() table.insert(kinds, (pcall(get))) end)
      collectgarbage()
      collectgarbage()
      return get() and "unharmed"
    end)
    assert.equal("unharmed", (task:wait()))
    collectgarbage()
    assert.equal(1, #kinds)
  end)

  it("may be interrupted by a hook without harm to others", function()
    local busy = celements.spawn(function()
      if rawget(_G, "jit") then jit.off(true, true) end -- luacheck: ignore
      debug.sethook(function()
        debug.sethook()
        error("interrupted", 0)
      end, "", 1000)
      local count = 0
      while true do count = count + 1 end
    end)
    local other = celements.spawn(function() return get() and "unharmed" end)
    local _, err = busy:wait()
    assert.equal("interrupted", err)
    assert.equal("unharmed", (other:wait()))
  end)
end)

describe("wait_all", function()
  it("gives values and errors in the tasks' order", function()
    local values, failures = celements.wait_all {
      celements.spawn(function()
        assert(get())
        return "slow"
      end),
      celements.spawn(function() error("raised", 0) end),
      celements.spawn(function() return false end),
    }
    assert.same({ "slow", nil, false, n = 3 }, values)
    assert.same({ [2] = "raised" }, failures)
  end)

  it("of nothing is nothing", function()
    assert.same({ n = 0 }, (celements.wait_all {}))
  end)
end)

describe("sleeping", function()
  it("ends in the order of the times", function()
    local order, tasks = {}, {}
    for index, seconds in ipairs { 0.3, 0, 0.1, 0.2 } do
      tasks[index] = celements.spawn(function()
        celements.sleep(seconds)
        table.insert(order, seconds)
      end)
    end
    celements.wait_all(tasks)
    assert.same({ 0, 0.1, 0.2, 0.3 }, order)
  end)

  it("outside any task lets tasks run", function()
    local task = celements.spawn(function() return get() and "ran" end)
    waiting.till(function()
      celements.sleep(0.001)
      return task.done
    end, "the task's end")
    assert.equal("ran", (task:wait()))
  end)
end)

describe("misuse", function()
  it("is refused where it happens", function()
    for message, misuse in pairs {
      ["celements.spawn: work must be a function, not nil"] = function()
        local none = celements.spawn()
        return none
      end,
      ["celements.wait_all: tasks must be a table, not nil"] = function()
        local none = celements.wait_all()
        return none
      end,
      ["celements.wait_all: tasks[1] must be a task, not a table"] = function()
        local none = celements.wait_all { {} }
        return none
      end,
      ["celements.wait_all: tasks must be a list, but has the key 'listing'"] = function()
        local none = celements.wait_all { listing = {} }
        return none
      end,
      ["celements.wait_all: tasks has a hole: item 1 is nil, and more come after it"] = function()
        local none = celements.wait_all { [2] = {} }
        return none
      end,
      ["celements.sleep: seconds must be a number from 0 on"] = function() celements.sleep(-1) end,
    } do
      assert.equal(message, caller.blamed(misuse))
    end
  end)

  it("of waiting for oneself is refused", function()
    local own
    own = celements.spawn(function() return own:wait() end)
    local _, err = own:wait()
    assert.truthy(err:find("a task cannot wait for itself", 1, true))
  end)

  it("of tasks that wait for each other is found out", function()
    local output, status = child.run [[
      local celements = require "celements"
      local first, second
      first = celements.spawn(function() return second:wait() end)
      second = celements.spawn(function() return first:wait() end)
      print(pcall(first.wait, first))
    ]]
    assert.equal("false\tcelements: every task waits for another one, and nothing is in flight\n", output)
    assert.equal(0, status)
  end)
end)

describe("the process", function()
  it("may end while tasks sleep, wait and have calls in flight", function()
    waiting.hold(server, 1, { path = "^/instances$" })
    local output, status = child.run([[
      local celements = require "celements"
      local client = celements.new { base_url = (...), user_secret = "u", organization_secret = "o" }
      local held = celements.spawn(function() return client.instances:list() end)
      celements.spawn(function() return held:wait() end)
      celements.spawn(function() celements.sleep(3600) end)
      celements.spawn(function() end)
      celements.sleep(0.01)
      print "end"
    ]], { server.base_url })
    assert.equal("end\n", output)
    assert.equal(0, status)
  end)
end)
