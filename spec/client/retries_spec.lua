-- Trying again: which calls, how often, and what is told of it. Never how long it takes.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local trying = require "spec.support.trying"

local fault, reasons, status = trying.fault, trying.reasons, trying.status
local NOW = trying.NOW

local server, client

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
end)
after_each(function() client:close() end)

describe("a call that meets a failure which may pass", function()
  local PASSING = {
    status(408), status(429), status(502), status(503), status(504), status(503, NOW), { name = "close_before" },
    { name = "reset" }, { name = "rate_limited", retry_after = 0 },
  }

  -- Each fault at a path of its own, so that all the calls are made at once.
  local function meet(faults, method)
    for index, given in ipairs(faults) do
      given.match = { path = ("^/instances/%d$"):format(index) }
      fault(server, 1, given)
    end
    local _, results = celements.map(faults, function(given)
      local path = given.match.path:match("^%^(.*)%$$")
      local body, info = client:request(method, path, { body = method ~= "GET" and {} or nil })
      return nil, { body = body, info = info }
    end)
    return results
  end

  local function arrived_at(index)
    local count = 0
    for _, entry in ipairs(caller.arrived(server)) do
      if entry.path == "/instances/" .. index then count = count + 1 end
    end
    return count
  end

  for _, method in ipairs { "GET", "PUT", "DELETE" } do
    it("is tried again when it is a " .. method, function()
      local results = meet(PASSING, method)
      for index, given in ipairs(PASSING) do
        local what = given.name .. " " .. tostring(given.status)
        assert.equal(2, arrived_at(index), what)
        local by_libcurl = given.name == "close_before" or given.name == "reset" -- on a kept connection, unless DELETE
        if not by_libcurl then assert.equal(2, results[index].info.attempts, what) end
        assert.equal(404, results[index].info.status, what)
      end
    end)
  end

  for _, method in ipairs { "POST", "PATCH" } do
    it("is not tried again when it is a " .. method .. " that was sent", function()
      local faults = {
        status(408), status(429), status(502), status(503), status(504), status(502, NOW), { name = "close_before" },
        { name = "close_after" }, { name = "reset" },
      }
      for index, result in ipairs(meet(faults, method)) do
        assert.is_nil(result.body)
        assert.equal(1, result.info.attempts)
        assert.same({ "unsafe" }, reasons(result.info))
        assert.is_false(result.info.retryable)
        assert.equal(1, arrived_at(index))
      end
    end)
  end

  it("is tried again when it is a creation that was refused until later", function()
    for _, given in ipairs { status(503, NOW), { name = "rate_limited", retry_after = "0" } } do
      assert(server:reset())
      fault(server, 2, given)
      local instance, info = client.instances:create(caller.mailjet())
      assert.is_string(instance.token)
      assert.equal(3, info.attempts)
      assert.same({ "asked", "asked" }, reasons(info))
      assert.equal(1, #assert(server:instances()))
      local arrived = caller.arrived(server, "POST")
      assert.equal(3, #arrived)
      assert.equal(arrived[1].body, arrived[3].body)
    end
  end)

  it("is tried again when it is a creation of which nothing was sent", function()
    local gone = assert(sandbox.start())
    local url = gone.base_url
    gone:stop()
    local lost = caller.client(server, { base_url = url, retries = 1, proxy = "" })
    local instance, err = lost.instances:create(caller.mailjet())
    assert.is_nil(instance)
    assert.equal("network", err.kind)
    assert.same({ "unsent", "retries" }, reasons(err))
    assert.is_nil(err.maybe_sent)
    lost:close()
  end)

  it("is sent again as it was, whatever has become of its table", function()
    fault(server, 1, status(503))
    local body = { name = "first" }
    local changer = celements.spawn(function()
      while #caller.arrived(server) == 0 do celements.sleep(0.001) end
      body.name = "second"
    end)
    local one = celements.spawn(function() return client:request("PUT", "/instances/1", { body = body }) end)
    celements.wait_all { changer, one }
    local arrived = caller.arrived(server, "PUT")
    assert.equal(2, #arrived)
    assert.equal('{"name":"first"}', arrived[2].body)
    assert.equal(arrived[1].headers["content-type"], arrived[2].headers["content-type"])
  end)
end)

describe("a call that meets a failure which stays", function()
  it("is not tried again", function()
    for _, code in ipairs { 302, 400, 401, 403, 404, 405, 409, 413, 422, 500, 501 } do
      assert(server:reset())
      fault(server, 1, status(code, NOW))
      local body, err = client:request("GET", "/elements/keys")
      assert.is_nil(body)
      assert.equal(1, err.attempts)
      assert.same({ { kind = err.kind, status = code, reason = "hopeless" } }, err.tries)
    end
  end)

  it("is not tried again when its answer is no JSON", function()
    for _, name in ipairs { "html", "invalid_json" } do
      fault(server, 1, { name = name })
      local _, err = client:request("GET", "/elements/keys")
      assert.same({ { kind = "response", status = 200, reason = "hopeless" } }, err.tries)
    end
  end)

  it("is not tried again when the server cannot be trusted", function()
    local wary = celements.new {
      base_url = server.base_url_tls, user_secret = "u", organization_secret = "o", retries = 5,
    }
    local _, err = wary.instances:list()
    assert.equal("tls", err.kind)
    assert.same({ "hopeless" }, reasons(err))
    wary:close()
  end)

  it("is not tried again when its body is too large", function()
    fault(server, 1, status(429))
    local _, err = client:request("PUT", "/instances/1", { body = ("x"):rep(8 * 1024 * 1024 + 1) })
    assert.equal("too_large", err.kind)
    assert.equal(1, err.attempts)
    assert.is_nil(err.retry_after)
  end)

  it("is not tried again when nothing can be sent", function()
    local _, err = client:request("PUT", "/instances/1", { body = { print } })
    assert.equal("configuration", err.kind)
    assert.is_nil(err.attempts)
    assert.is_nil(err.tries)
    client:close()
    _, err = client:request("GET", "/elements/keys")
    assert.equal("closed", err.kind)
    assert.is_nil(err.tries)
  end)
end)

describe("retries", function()
  it("are two by default", function()
    fault(server, 9, status(503))
    local body, err = client:request("GET", "/elements/keys")
    assert.is_nil(body)
    assert.equal(3, err.attempts)
    assert.same({ "repeatable", "repeatable", "retries" }, reasons(err))
    for index = 1, 2 do
      local try = err.tries[index]
      assert.equal("server", try.kind)
      assert.equal(503, try.status)
      assert.is_true(try.delay >= 0 and try.delay <= 0.5 * index)
    end
    assert.is_nil(err.tries[3].delay)
    assert.is_true(err.retryable)
    assert.truthy(tostring(err):find("tried 3 times", 1, true))
    assert.equal(3, #caller.arrived(server))
  end)

  it("are as many as the client or the call says", function()
    fault(server, 99, status(503, NOW))
    local never = caller.client(server, { retries = 0 })
    assert.equal(1, select(2, never:request("GET", "/x")).attempts)
    assert.equal(2, select(2, never:request("GET", "/x", { retries = 1 })).attempts)
    local session = never:with_token("token")
    assert.equal(1, select(2, session:get("/x")).attempts)
    assert.equal(2, select(2, session:get("/x", { retries = 1 })).attempts)
    assert.equal(1, select(2, client.instances:get(1, { retries = 0 })).attempts)
    assert.equal(1, select(2, client.instances:list { retries = 0 }).attempts)
    session:close()
    never:close()
  end)

  it("are no other number", function()
    for _, wrong in ipairs { -1, 1.5, "2", true, math.huge } do
      local ok, message = pcall(caller.client, server, { retries = wrong })
      assert.is_false(ok)
      assert.truthy(message:find("option 'retries' must be a whole number from 0 on", 1, true), message)
    end
  end)

  it("are told of in the result of a call that succeeds", function()
    fault(server, 1, { name = "rate_limited", retry_after = 0 })
    local keys, info = client:request("GET", "/elements/keys")
    assert.is_table(keys)
    assert.equal(200, info.status)
    assert.equal(2, info.attempts)
    assert.equal(1, #info.tries)
    assert.equal(429, info.tries[1].status)
    assert.is_true(info.duration >= info.tries[1].delay)
    assert.is_nil(select(2, client:request("GET", "/elements/keys")).tries)
  end)

  it("come to a loop over pages, too", function()
    assert(server:seed(5))
    fault(server, 1, status(502))
    local seen = 0
    for _ in client.instances:each { page_size = 2 } do
      seen = seen + 1
      if seen == 2 then fault(server, 1, status(504)) end
    end
    assert.equal(5, seen)
  end)

  it("come to an empty list, too", function()
    fault(server, 1, status(503))
    local list, info = client.instances:list()
    assert.same({}, list)
    assert.equal(2, info.attempts)
    assert.equal("repeatable", info.tries[1].reason)
  end)
end)
