-- Every way in which a server, or the way to it, can fail: `nil, err` and never a raise, with the documented kind.
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

-- Fault, kind and status that are expected over HTTP/1.1, then over HTTP/2 where they differ: there, a broken stream
-- looks the same whatever broke it. Those that break it come first: once a stream of a connection was cancelled, nginx
-- sends the reset of another only with the next frame.
local FAULTS = {
  { { name = "close_before" }, "network" },
  { { name = "close_after" }, "network" },
  { { name = "reset" }, "network" },
  { { name = "reset", work = true }, "network" },
  { { name = "truncated" }, "response", 200, "network" },
  { { name = "truncated", bytes = 0 }, "response", 200, "network" },
  { { name = "truncated_chunked" }, "response", 200, "network" },
  { { name = "truncated_chunked", bytes = 0 }, "response", 200, "network" },
  { { name = "invalid_json" }, "response", 200 },
  { { name = "invalid_json", body = "[1,2" }, "response", 200 },
  { { name = "html" }, "response", 200 },
  { { name = "html", status = 502 }, "server", 502 },
  { { name = "html", status = 403 }, "forbidden", 403 },
  { { name = "huge", bytes = 300000 }, "response", 200 },
  { { name = "rate_limited" }, "rate_limited", 429 },
  { { name = "rate_limited", retry_after = "Fri, 31 Dec 2049 23:59:59 GMT" }, "rate_limited", 429 },
  { { name = "status", status = 400, body = "" }, "rejected", 400 },
  { { name = "status", status = 400, body = "null" }, "rejected", 400 },
  { { name = "status", status = 400, body = "[[]]" }, "rejected", 400 },
  { { name = "status", status = 400, body = '{"message":5}' }, "rejected", 400 },
  { { name = "status", status = 500, body = '{"message":{"a":1}}' }, "server", 500 },
  { { name = "status", status = 401, body = '{"message":"m","providerMessage":"p"}' }, "provider", 401 },
  { { name = "status", status = 502, body = '{"message":"m","providerMessage":"p"}' }, "provider", 502 },
  { { name = "status", status = 401, body = '{"message":"m","providerMessage":""}' }, "unauthorized", 401 },
}
local KINDS = {
  [300] = "response", [301] = "response", [302] = "response", [304] = "response", [307] = "response",
  [400] = "rejected", [401] = "unauthorized", [402] = "rejected", [403] = "forbidden", [404] = "not_found",
  [405] = "rejected", [406] = "rejected", [408] = "rejected", [409] = "conflict", [413] = "too_large",
  [415] = "rejected", [422] = "rejected", [429] = "rate_limited", [499] = "rejected", [500] = "server",
  [501] = "server", [502] = "server", [503] = "server", [504] = "server", [599] = "server",
}
for status, kind in pairs(KINDS) do
  table.insert(FAULTS, { { name = "status", status = status }, kind, status })
end

local function describe_fault(fault)
  local parts = { fault.name }
  for _, name in ipairs { "status", "bytes", "body", "work", "retry_after" } do
    if fault[name] ~= nil then table.insert(parts, ("%s %s"):format(name, tostring(fault[name]))) end
  end
  return table.concat(parts, ", ")
end

local function get(client)
  return client:request("GET", "/elements/keys")
end

local function post(client)
  return client:request("POST", "/instances", { body = caller.mailjet() })
end

for _, scheme in ipairs { "http", "https" } do
  describe("a call over " .. scheme, function()
    local client

    before_each(function()
      client = caller.client(server, { tls = scheme == "https", max_response = 200000, retries = 0 })
    end)
    after_each(function() client:close() end)

    for _, row in ipairs(FAULTS) do
      local fault, kind, status, over_http2 = row[1], row[2], row[3], row[4]
      local expected = scheme == "https" and over_http2 or kind
      it(("that meets %s fails with kind %s"):format(describe_fault(fault), expected), function()
        for _, call in ipairs { get, post } do
          fault.times = 9
          assert(server:fault(fault))
          local ok, body, err = pcall(call, client)
          assert(server:clear_faults())
          assert.is_true(ok, body)
          assert.is_nil(body)
          assert.equal(expected, err.kind)
          if expected == kind then assert.equal(status, err.status) end
          assert.equal("string", type(err.message))
          assert.equal(1, (tostring(err):find(err.message, 1, true)))
          assert.is_nil(tostring(err):find("%c"))
          assert.equal(1, err.attempts)
          assert.equal("boolean", type(err.retryable))
        end
        assert(get(client))
      end)
    end

    it("keeps the platform's message and request id", function()
      assert(server:fault {
        name = "status", status = 422, body = { requestId = "5c1f0e2ab4c0d1e2f3a4b5c6", message = "No, because." },
      })
      local _, err = get(client)
      assert.equal("No, because.", err.message)
      assert.equal(24, #err.request_id)
      assert.equal("GET", err.method)
      assert.equal("/elements/keys", err.path)
      assert(server:fault { name = "status", status = 422, body = { message = "No." } })
      assert.equal("No.", (select(2, get(client))).message)
    end)

    it("has the request id of the body where that of the header is empty", function()
      local empty = { ["Elements-Request-Id"] = " " }
      for _, given in ipairs { { requestId = "5c1f0e2ab4c0d1e2f3a4b5c6", message = "No." }, { message = "No." } } do
        assert(server:fault { name = "status", status = 422, body = given, headers = empty })
        local _, err = get(client)
        assert.equal(given.requestId, err.request_id)
      end
    end)

    it("says where its answer stops being JSON", function()
      assert(server:fault { name = "invalid_json", body = '{"a": oops}' })
      assert.truthy(tostring((select(2, get(client)))):find("not JSON.*character 7"))
    end)

    it("takes JSON for JSON whatever its content type says", function()
      assert(server:fault { name = "content_type", value = "text/plain" })
      assert.truthy((get(client)))
    end)

    it("waits for an answer that comes in drops", function()
      assert(server:fault { name = "drip", bytes = 20, pause = 0.001 })
      assert.truthy(#assert(get(client)) > 3)
    end)

    it("over the body limit says what the limit is", function()
      assert(server:fault { name = "huge", bytes = 5000 })
      local _, err = client:request("GET", "/elements/keys", { max_response = 4999 })
      assert.truthy(err.message:find("4999", 1, true))
      assert.truthy(err.hint:find("max_response", 1, true))
      assert(server:fault { name = "huge", bytes = 5000 })
      assert.equal(4998, #assert(client:request("GET", "/elements/keys", { max_response = 5000 })))
    end)
  end)
end

describe("a failed call", function()
  local client

  before_each(function() client = caller.client(server, { retries = 0 }) end)
  after_each(function() client:close() end)

  local function facts(method, fault)
    assert(get(client))
    fault.times = 9
    assert(server:fault(fault))
    local _, err = client:request(method, "/instances", { body = method ~= "GET" and {} or nil })
    assert(server:clear_faults())
    return err
  end

  it("says whether the platform may have done the work", function()
    local maybe = {
      { name = "close_before" }, { name = "close_after" }, { name = "reset" }, { name = "truncated" },
      { name = "html" }, { name = "status", status = 500 }, { name = "status", status = 502 },
      { name = "status", status = 503 }, { name = "status", status = 504 },
    }
    for _, fault in ipairs(maybe) do
      assert.is_true(facts("POST", fault).maybe_sent, describe_fault(fault))
    end
    local no = { { name = "rate_limited" }, { name = "status", status = 503, headers = { ["Retry-After"] = "1" } } }
    for _, status in ipairs { 302, 400, 401, 404, 409, 413, 429 } do
      table.insert(no, { name = "status", status = status })
    end
    for _, fault in ipairs(no) do assert.is_nil(facts("POST", fault).maybe_sent, describe_fault(fault)) end
  end)

  it("is retryable when repeating it can help and cannot do the work twice", function()
    local RETRY_AFTER = { ["Retry-After"] = "1" }
    local rows = {
      { { name = "close_after" }, true, false }, { { name = "reset" }, true, false },
      { { name = "rate_limited" }, true, true }, { { name = "status", status = 429 }, true, false },
      { { name = "status", status = 503 }, true, false },
      { { name = "status", status = 503, headers = RETRY_AFTER }, true, true },
      { { name = "status", status = 502 }, true, false }, { { name = "status", status = 504 }, true, false },
      { { name = "status", status = 408 }, true, false }, { { name = "status", status = 500 }, false, false },
      { { name = "status", status = 400 }, false, false }, { { name = "status", status = 401 }, false, false },
      { { name = "status", status = 404 }, false, false }, { { name = "html" }, false, false },
    }
    for _, row in ipairs(rows) do
      for _, method in ipairs { "GET", "PUT", "DELETE" } do
        assert.equal(row[2], facts(method, row[1]).retryable, method .. " " .. describe_fault(row[1]))
      end
      for _, method in ipairs { "POST", "PATCH" } do
        assert.equal(row[3], facts(method, row[1]).retryable, method .. " " .. describe_fault(row[1]))
      end
    end
  end)

  it("keeps libcurl's and the decoder's words, whatever those of the request are", function()
    for text, fault in pairs {
      ["the kept connection broke"] = { name = "close_after" },
      ["Expected value but found invalid"] = { name = "status", status = 200, body = "oops" },
    } do
      assert(get(client))
      assert(server:fault(fault))
      local _, err = client:request("POST", "/instances", { body = { "connection", "Expected" } })
      assert.truthy(err.message:find(text, 1, true), err.message)
    end
  end)

  it("says that its answer was cut, also where that was a refusal", function()
    assert(server:fault { name = "truncated" })
    local _, err = client:request("GET", "/elements/nosuch")
    assert.equal("response", err.kind)
    assert.equal(404, err.status)
    assert.is_nil(err.message:find("404", 1, true))
  end)

  it("whose answer was cut is no reason to doubt base_url", function()
    for _, name in ipairs { "truncated", "truncated_chunked" } do
      local err = facts("POST", { name = name })
      assert.equal("response", err.kind)
      assert.truthy(err.hint:find("network", 1, true), err.hint)
      assert.is_nil(err.hint:find("base_url", 1, true))
    end
  end)

  it("names the keys that are missing, also those that begin with the request's name", function()
    local message = "Missing required configuration: mailjetmarketing.api.secret"
    assert(server:fault { name = "status", status = 400, body = { message = message } })
    local _, err = client.instances:create({ element = { key = "mailjetmarketing" }, name = "mailjetmarketing" },
      { check = false })
    assert.equal(message, err.message)
    assert.same({ "mailjetmarketing.api.secret" }, err.missing)
  end)

  it("was on the wire once when it is a POST, also when its kept connection closes after the work", function()
    for _, fault in ipairs { { name = "close_after" }, { name = "close_before" }, { name = "reset", work = true } } do
      assert(server:reset())
      for _ = 1, 3 do assert(get(client)) end
      fault.match, fault.times = { method = "POST" }, 9
      assert(server:fault(fault))
      local instance, err = client.instances:create(caller.mailjet())
      assert.is_nil(instance)
      assert.equal("network", err.kind)
      assert.is_true(err.maybe_sent)
      assert.is_false(err.retryable)
      assert.equal(1, #caller.arrived(server, "POST"))
      assert.equal(fault.name == "close_before" and 0 or 1, #assert(server:instances()))
    end
  end)

  it("with a body over the platform's 8 MB is too large, and not worth repeating", function()
    local body, err = client:request("POST", "/instances", { body = ("x"):rep(8 * 1024 * 1024 + 1) })
    assert.is_nil(body)
    assert.equal("too_large", err.kind)
    assert.equal(429, err.status)
    assert.is_false(err.retryable)
  end)

  it("gives more than its message where the answer is empty or no JSON", function()
    assert(server:fault { name = "html", status = 504, body = "<h1>Gateway</h1>" })
    local _, err = get(client)
    assert.equal("server", err.kind)
    assert.is_nil(caller.find(err, "<h1>"))
    assert.truthy(tostring(err):find("504", 1, true))
  end)

  it("blames base_url for an answer in HTML only where no proxy before the platform gives one", function()
    for status, blamed in pairs { [400] = true, [404] = true, [413] = false, [429] = false, [502] = false } do
      assert(server:fault { name = "html", status = status })
      local _, err = get(client)
      assert.equal(blamed, err.hint:find("base_url", 1, true) ~= nil, err.hint)
    end
  end)

  it("never looks like success with nothing in it", function()
    for _, row in ipairs(FAULTS) do
      assert(server:fault(row[1]))
      row[1].times = 1
      local body, err = client:request("GET", "/x", { max_response = 1000 })
      assert.is_nil(body)
      assert.equal("table", type(err))
      assert.is_not_nil(err.kind)
      assert(server:clear_faults())
    end
  end)

  it("leaves its engine fit for the next calls", function()
    for _ = 1, 20 do
      assert(server:fault { name = "reset" })
      post(client)
      assert(get(client))
    end
  end)
end)
