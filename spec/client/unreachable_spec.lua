-- Where no answer comes: nobody listens, nobody answers in time, or the one who answers cannot be trusted.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local waiting = require "spec.support.waiting"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

local function client_for(url, changes)
  local given = { base_url = url, user_secret = "s3cr3t-u", organization_secret = "s3cr3t-o", proxy = "", retries = 0 }
  for name, value in pairs(changes or {}) do given[name] = value end
  return celements.new(given)
end

-- A POST that cannot have been sent is a POST that may be repeated.
local function unsent(client, kind, retryable)
  for _, method in ipairs { "GET", "POST" } do
    local body, err = client:request(method, "/instances?secret=no", { body = method == "POST" and {} or nil })
    assert.is_nil(body)
    assert.equal(kind, err.kind)
    assert.is_nil(err.status)
    assert.is_nil(err.maybe_sent)
    assert.equal(retryable, err.retryable)
    assert.equal(method, err.method)
    assert.equal("/instances", err.path)
    assert.is_nil(caller.find(err, "s3cr3t"))
    assert.truthy(err.hint)
  end
  client:close()
end

describe("a server that is not there", function()
  it("is a network error, surely unsent", function()
    local gone = assert(sandbox.start())
    local url, secure = gone.base_url, gone.base_url_tls
    gone:stop()
    unsent(client_for(url), "network", true)
    unsent(client_for(secure), "network", true)
  end)

  it("is a network error when its name means nothing", function()
    unsent(client_for("http://name.invalid"), "network", true)
    unsent(client_for("https://name.invalid"), "network", true)
  end)

  it("is a network error when the proxy is not there", function()
    unsent(client_for("http://name.invalid", { proxy = "http://127.0.0.1:1" }), "network", true)
  end)
end)

describe("a server that cannot be trusted", function()
  it("is a TLS error, and gets no secret", function()
    unsent(client_for(server.base_url_tls), "tls", false)
    assert.equal(0, #caller.arrived(server))
  end)

  it("is a TLS error when its certificate is for another host", function()
    local url = server.base_url_tls:gsub("127%.0%.0%.1", "0")
    unsent(client_for(url, { ca_file = server.ca_file }), "tls", false)
    assert.equal(0, #caller.arrived(server))
  end)

  it("is a TLS error when it does not speak TLS at all", function()
    unsent(client_for((server.base_url:gsub("^http", "https"))), "tls", false)
  end)

  it("is a TLS error when ca_file cannot be read", function()
    unsent(client_for(server.base_url_tls, { ca_file = "/nonexistent/ca.pem" }), "tls", false)
  end)

  it("is not reached over a connection that another client's ca_file made", function()
    local trusting = caller.client(server, { tls = true })
    assert(trusting.instances:list())
    unsent(client_for(server.base_url_tls), "tls", false)
    trusting:close()
  end)
end)

describe("a server that answers too late", function()
  it("is a timeout of the call, with the work's fate unknown", function()
    local client = caller.client(server)
    for _, when in ipairs { "before", "after" } do
      assert(server:fault { name = "delay", seconds = 3600, when = when, times = 2 })
      local body, err = client:request("POST", "/instances", { body = caller.mailjet(), timeout = 0.2 })
      assert.is_nil(body)
      assert.equal("timeout", err.kind)
      assert.is_true(err.maybe_sent)
      assert.is_false(err.retryable)
      err = select(2, client:request("GET", "/elements", { timeout = 0.2 }))
      assert.equal("timeout", err.kind)
      assert.is_true(err.retryable)
    end
    waiting.till(function() return #assert(server:instances()) == 1 end, "the work that was done")
    client:close()
  end)

  it("is a timeout also when the answer comes in drops for ever", function()
    local client = caller.client(server, { timeout = 0.3 })
    assert(server:fault { name = "drip", bytes = 1, pause = 0.1 })
    local body, err = client:request("GET", "/elements")
    assert.is_nil(body)
    assert.equal("timeout", err.kind)
    client:close()
  end)

  it("is a timeout of every attempt of a loop, raised as its table", function()
    local client = caller.client(server, { timeout = 0.2 })
    assert(server:fault { name = "delay", seconds = 3600 })
    local ok, err = pcall(client.instances:each())
    assert.is_false(ok)
    assert.equal("timeout", err.kind)
    client:close()
  end)
end)

describe("a server that hangs", function()
  local hanging

  local function signal(name)
    os.execute(("kill -s %s -- -%d"):format(name, hanging.pid))
  end

  setup(function()
    hanging = assert(sandbox.start())
    signal "STOP"
  end)
  teardown(function()
    signal "CONT"
    hanging:stop()
  end)

  it("is a connect timeout while the secure connection is made, surely unsent", function()
    local changes = { ca_file = hanging.ca_file, connect_timeout = 0.2, timeout = 30 }
    unsent(client_for(hanging.base_url_tls, changes), "timeout", true)
  end)

  it("is a timeout of the whole call, the secure connection included", function()
    local changes = { ca_file = hanging.ca_file, timeout = 0.2 }
    unsent(client_for(hanging.base_url_tls, changes), "timeout", true)
  end)

  it("is a timeout with the work's fate unknown once the request is out", function()
    local client = client_for(hanging.base_url, { timeout = 0.2 })
    local body, err = client:request("POST", "/instances", { body = {} })
    assert.is_nil(body)
    assert.equal("timeout", err.kind)
    assert.is_true(err.maybe_sent)
    assert.is_false(err.retryable)
    client:close()
  end)
end)
