-- What holds under every event loop.
local celements = require "celements"
local core = require "celements.core"
local protection = require "celements.runtime.protection"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local child = require "spec.support.child"
local loops = require "spec.support.loops"
local packaged = require "spec.support.packaged"
local waiting = require "spec.support.waiting"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

local function each_loop(describe_one)
  for _, name in ipairs { "copas", "cqueues", "luv" } do
    if loops[name] then describe_one(loops[name]) end
  end
end

-- Does the work in a thread of the loop, runs the loop to its end, and returns what came of it. The work must not
-- raise: what a loop does then is its own affair.
local function within(loop, work)
  local first, second, ended
  loop.start(function()
    first, second = work()
    ended = true
  end)
  loop.run()
  assert(ended, "the thread did not end")
  return first, second
end

local function get(client, path, given)
  return client:request("GET", path or "/elements/keys", given)
end

-- Lets the loop go on until so many requests are held back.
local function until_held(client, count)
  waiting.till(function()
    get(client)
    return waiting.held(server) >= count
  end, count .. " requests")
end

-- Requests to `/instances` are held back, all others are answered.
local function hold(count)
  waiting.hold(server, count, { path = "^/instances$" })
end

it("every loop that Debian packages for this Lua is there", function()
  for _, name in ipairs(packaged) do assert.is_table(loops[name], name) end
end)

each_loop(function(loop)
  describe("under " .. loop.name, function()
    local client

    before_each(function() client = caller.client(server, { loop = loop.name }) end)
    after_each(function() client:close() end)

    it("a call answers, the loop ends, and both can be done again", function()
      for _ = 1, 3 do
        local answer, info = within(loop, function() return get(client) end)
        assert.is_table(answer)
        assert.equal(200, info.status)
      end
    end)

    it("a call of a client that was closed says so, and one of a session", function()
      local before, after, of_session
      within(loop, function()
        local session = client:with_token("token-of-a-session")
        before = get(client)
        client:close()
        session:close()
        after, of_session = select(2, get(client)), select(2, session:get("/ping"))
      end)
      assert.is_table(before)
      assert.same({ "closed", "closed" }, { after.kind, of_session.kind })
    end)

    it("a call that waits holds up neither the loop nor other calls", function()
      hold(1)
      local ticks, over = 0, false
      loop.tick(function()
        ticks = ticks + 1
        return not over
      end)
      local _, err = within(loop, function()
        local held = celements.spawn(function() return client.instances:list() end)
        until_held(client, 1)
        local before = ticks
        waiting.till(function()
          get(client)
          return ticks >= before + 3
        end, "three ticks")
        held:cancel()
        over = true
        return held:wait()
      end)
      assert.equal("cancelled", err.kind)
    end)

    it("a cancelled task that goes on calling holds up nobody", function()
      local saw = within(loop, function()
        local other = celements.spawn(function() return get(client) end)
        local own
        own = celements.spawn(function()
          own:cancel()
          local rounds = 0
          repeat
            get(client)
            rounds = rounds + 1
          until other.done or rounds == 20000
          return other.done
        end)
        return own:wait()
      end)
      assert.is_true(saw)
    end)

    it("many calls are in flight at once", function()
      hold(5)
      local results, failures
      within(loop, function()
        local task = celements.spawn(function()
          results, failures = celements.map({ 1, 2, 3, 4, 5, 6, 7 }, function() return client.instances:list() end,
            { concurrency = 5 })
          return true
        end)
        until_held(client, 5)
        task:cancel()
        return task:wait()
      end)
      assert.equal(5, waiting.held(server))
      assert.equal(7, results.n)
      for index = 1, 7 do assert.equal("cancelled", failures[index].kind) end
    end)

    it("each of several threads makes calls, on one engine", function()
      local done = {}
      for index = 1, 6 do
        loop.start(function()
          for _ = 1, 5 do
            if not get(client) then return end
          end
          done[index] = true
        end)
      end
      loop.run()
      assert.equal(6, #done)
      assert.equal(30, #caller.arrived(server))
    end)

    it("two clients wait in the same loop", function()
      local other = caller.client(server, { loop = loop.name, tls = true })
      local done = {}
      for _, each in ipairs { client, other } do
        loop.start(function() table.insert(done, (get(each))) end)
      end
      loop.run()
      assert.equal(2, #done)
      other:close()
    end)

    it("results and errors are those of a call anywhere", function()
      hold(1)
      local refused = caller.client(server, { loop = loop.name, base_url = "http://127.0.0.1:1" })
      local kinds = {}
      within(loop, function()
        for _, call in ipairs {
          function() return client.instances:get(99999) end,
          function() return get(refused) end,
          function() return client.instances:list { timeout = 0.05 } end,
        } do
          local _, err = call()
          table.insert(kinds, err.kind)
        end
      end)
      assert.same({ "not_found", "network", "timeout" }, kinds)
      refused:close()
    end)

    it("what a task raises is its error, and nobody else's", function()
      local thrown, err, value = {}, nil, nil
      within(loop, function()
        local first = celements.spawn(function() error(thrown) end)
        local second = celements.spawn(function()
          get(client)
          error("after a call", 0)
        end)
        local third = celements.spawn(function() return get(client) and "unharmed" end)
        local _, failures = celements.wait_all { first, second, third }
        err, value = failures[2], third:wait()
        thrown = failures[1] == thrown
      end)
      assert.is_true(thrown)
      assert.equal("after a call", err)
      assert.equal("unharmed", value)
    end)

    if coroutine.close then
      it("what a task leaves open when it raises is closed", function()
        local closed, err = within(loop, function()
          return load([[
            local celements, closed = ..., false
            local _, err = celements.spawn(function()
              local open <close> = setmetatable({}, { __close = function() closed = true end })
              error("raised", 0)
            end):wait()
            return closed, err]])(celements)
        end)
        assert.is_true(closed)
        assert.equal("raised", err)
      end)
    end

    it("creations that are checked by the same configuration, live, are all made", function()
      assert(server:fault { name = "delay", seconds = 0.2, match = { path = "/configuration" } })
      local instances, failures = within(loop, function()
        return celements.map({ 1, 2, 3 }, function()
          return client.instances:create(caller.mailjet(), { check = "live" })
        end)
      end)
      assert.same({}, failures)
      for index = 1, 3 do assert.is_string(instances[index].token) end
    end)

    it("closing the client ends what is in flight, and the loop", function()
      hold(3)
      local failures
      within(loop, function()
        local other = caller.client(server, { loop = loop.name })
        local tasks = {}
        for index = 1, 3 do tasks[index] = celements.spawn(function() return client.instances:list() end) end
        until_held(other, 3)
        client:close()
        failures = select(2, celements.wait_all(tasks))
        other:close()
      end)
      for index = 1, 3 do assert.equal("closed", failures[index].kind) end
    end)

    it("all that a source gives is worked on, also when it waits before it ends", function()
      local results, failures
      within(loop, function()
        local task = celements.spawn(function()
          local given = 0
          local function source()
            given = given + 1
            if given == 4 then assert(get(client)) end -- the other workers wait for their turn
            return given <= 4 and given or nil
          end
          results, failures = celements.map(source, function(item) return get(client) and item end, { concurrency = 3 })
        end)
        return task:wait()
      end)
      assert.same({}, failures)
      assert.same({ 1, 2, 3, 4, n = 4 }, results)
    end)

    it("a batch gives what comes, and can be left", function()
      local seen, last = {}, nil
      within(loop, function()
        local batch = client.instances:create_many({ caller.mailjet(), {}, caller.mailjet() }, { concurrency = 2 })
        local index, instance, err = batch:next()
        while index do
          seen[index] = instance and instance.token and "token" or err.kind
          index, instance, err = batch:next()
        end
        hold(1)
        batch = client.instances:create_many { caller.mailjet() }
        celements.spawn(function()
          until_held(client, 1)
          batch:close()
        end)
        last = select(3, batch:next())
      end)
      assert.same({ "token", "configuration", "token" }, seen)
      assert.equal("cancelled", last.kind)
      assert.is_true(last.maybe_sent)
    end)

    if protection.can_wait_inside then
      it("a for loop and a protected call can wait", function()
        local names = {}
        assert(server:seed(4))
        local ok = within(loop, function()
          return pcall(function()
            for instance in client.instances:each { page_size = 2 } do table.insert(names, instance.name) end
          end)
        end)
        assert.is_true(ok)
        assert.equal(4, #names)
      end)
    end

    it("where C code calls nothing can wait, which harms nothing and sends nothing", function()
      local answer, err = within(loop, function()
        local _, failure
        local function try() _, failure = get(client) end
        local ok = pcall(string.gsub, "a", ".", try)
        local first = get(client)
        celements.spawn(function() pcall(string.gsub, "a", ".", try) end):wait()
        return first and get(client), ok and failure
      end)
      assert.is_table(answer)
      assert.equal(2, #caller.arrived(server))
      if coroutine.isyieldable then
        assert.equal("unavailable", err.kind)
        assert.truthy(tostring(err):find("what C code calls", 1, true))
      end
    end)

    if loop.can_sleep then
      if loop.name == "luv" then
        it("a task does not sleep that is cancelled where its timer is made, by a finaliser", function()
          local uv = require "luv"
          local update_time = uv.update_time
          assert.is_true(within(loop, function()
            local task
            task = celements.spawn(function()
              function uv.update_time()
                uv.update_time = update_time
                task:cancel()
                return update_time()
              end
              celements.sleep(4)
            end)
            return waiting.overtakes_sleep(task)
          end))
        end)
      end

      it("a task may sleep for ever, until it is cancelled", function()
        for _, seconds in ipairs { math.huge, 1e17 } do
          local err = within(loop, function()
            local task = celements.spawn(function() celements.sleep(seconds) end)
            get(client)
            task:cancel()
            return select(2, task:wait())
          end)
          assert.equal("cancelled", err.kind)
        end
      end)

      -- Of those whose time is over the loop wakes anyone first.
      it("sleepers wake when their time is over, and a cancelled one at once", function()
        local early, woken = {}, 0
        within(loop, function()
          local tasks = {}
          for index, seconds in ipairs { 0.03, 0.01, 0.02, 0 } do
            tasks[index] = celements.spawn(function()
              local due = core.now() + seconds
              celements.sleep(seconds)
              if core.now() < due then table.insert(early, seconds) end
              woken = woken + 1
            end)
          end
          local long = celements.spawn(function() celements.sleep(3600) end)
          celements.wait_all(tasks)
          long:cancel()
          long:wait()
        end)
        assert.same({}, early)
        assert.equal(4, woken)
      end)
    end

    it("outside the loop a call blocks, and is answered", function()
      assert.is_table((get(client)))
      assert.is_table((within(loop, function() return get(client) end)))
      assert.is_table((get(client)))
    end)

    it("outside the loop tasks make calls, wait and provision", function()
      local results, failures = celements.map({ 1, 2 }, function()
        celements.sleep(0, { loop = loop.name })
        return get(client)
      end)
      assert.same({}, failures)
      assert.is_table(results[2])
      local count = 0
      for _, instance, err in client.instances:create_many { caller.mailjet(), caller.mailjet() } do
        assert(instance, err)
        count = count + 1
      end
      assert.equal(2, count)
    end)

    if loop.can_sleep then -- copas before 2.0 does not tell, either, whether it is what runs
      it("inside the loop a client of another one waits by the loop that runs", function()
        each_loop(function(other)
          local foreign = caller.client(server, { loop = other.name })
          local in_task, in_thread
          within(loop, function()
            in_task = celements.spawn(function() return get(foreign) end, { loop = loop.name }):wait()
            in_thread = get(foreign)
          end)
          assert.is_table(in_task)
          assert.is_table(in_thread)
          foreign:close()
        end)
      end)
    end

    it("a client without a loop blocks", function()
      local plain = caller.client(server)
      assert.is_table((within(loop, function() return get(plain) end)))
      plain:close()
    end)

    it("nothing is kept of threads that are gone", function()
      local threads = setmetatable({}, { __mode = "k" })
      for _ = 1, 30 do
        loop.start(function()
          threads[coroutine.running()] = true
          get(client)
          celements.spawn(function()
            threads[coroutine.running()] = true
            return get(client)
          end):wait()
        end)
      end
      loop.run()
      collectgarbage()
      collectgarbage()
      local count = 0
      for _ in pairs(threads) do count = count + 1 end
      assert.is_true(count <= 3, count .. " threads are kept")
    end)

    if loop.serve then
      it("a server in the same loop answers while calls to it, and to others, are in flight", function()
        hold(1)
        local paths = {}
        local port, stop = loop.serve(function(path)
          table.insert(paths, path)
          return '{"path":"' .. path .. '"}'
        end)
        local own = celements.new {
          base_url = "http://127.0.0.1:" .. port, user_secret = "user", organization_secret = "organization",
          loop = loop.name,
        }
        local results, err
        within(loop, function()
          local held = celements.spawn(function() return client.instances:list() end)
          until_held(client, 1)
          results = celements.map({ 1, 2, 3, 4, 5, 6 }, function(item)
            local answer, failure = get(own, "/number/" .. item)
            return answer and answer.path, failure
          end, { concurrency = 3 })
          held:cancel()
          err = select(2, held:wait())
          stop()
        end)
        assert.equal("cancelled", err.kind)
        for index = 1, 6 do assert.equal("/number/" .. index, results[index]) end
        assert.equal(6, #paths)
        own:close()
      end)
    end

    it("a process may end with calls in flight", function()
      hold(3)
      local output, status = child.run([[
        local url, loop = ...
        local celements = require "celements"
        local loops = require "spec.support.loops"
        local client = celements.new { base_url = url, user_secret = "u", organization_secret = "o", loop = loop }
        for _ = 1, 3 do loops[loop].start(function() client:request("GET", "/instances") end) end
        local ticks = 0
        loops[loop].tick(function()
          ticks = ticks + 1
          if ticks == 5 then os.exit(ticks % 2 == 1 and 7, true) end
          return true
        end)
        loops[loop].run()
      ]], { server.base_url, loop.name })
      assert.equal("", output)
      assert.equal(7, status)
    end)
  end)
end)

if loops.cqueues then
  it("a task of cqueues' is waited for in its controller, and says so", function()
    local controller, task = require("cqueues").new(), nil
    controller:wrap(function()
      task = celements.spawn(function() celements.sleep(3600) end, { loop = "cqueues" })
    end)
    controller:step(0)
    local ok, err = pcall(task.wait, task)
    assert.is_false(ok)
    assert.truthy(err:find("no cqueues controller is running here", 1, true), err)
    task:cancel()
    assert(controller:loop())
  end)
end

if loops.luv then
  it("luv resumes no coroutine that is not where it was suspended", function()
    local output, status = child.run([[
      local url, user, organization = ...
      local celements = require "celements"
      local uv = require "luv"
      local client = celements.new {
        base_url = url, user_secret = user, organization_secret = organization, loop = "luv",
      }
      local function get() assert(client:request("GET", "/elements/keys")) end
      local function raise(wait) pcall(string.gsub, "a", ".", wait) end -- Lua 5.1 and 5.2 tell only then
      local function start(work)
        local thread = coroutine.create(work)
        assert(coroutine.resume(thread))
        return thread
      end

      local closed = start(get)
      if coroutine.close then coroutine.close(closed) end
      start(function() raise(get) end)
      start(function() raise(function() celements.sleep(0.001, { loop = "luv" }) end) end)
      local token
      start(function()
        raise(get)
        token = coroutine.yield()
      end)
      uv.run()
      print(token)]], { server.base_url, server.user_secret, server.organization_secret })
    assert.equal("nil\n", output)
    assert.equal(0, status)
  end)
end

describe("the option loop", function()
  it("names one of the loops", function()
    for _, name in ipairs { "cqueue", "", "init", "scheduler" } do
      local message = caller.blamed(function()
        local client = celements.new { user_secret = "u", organization_secret = "o", loop = name }
        return client
      end)
      assert.equal("celements.new: option 'loop' must be 'copas', 'cqueues' or 'luv', not '" .. name .. "'", message)
    end
  end)

  it("says what to install", function()
    local output = child.run [[
      package.preload.luv = function() error "module 'luv' not found" end
      print(pcall(require("celements").new, { user_secret = "u", organization_secret = "o", loop = "luv" }))
    ]]
    assert.truthy(output:find("luarocks install luv", 1, true), output)
  end)
end)
