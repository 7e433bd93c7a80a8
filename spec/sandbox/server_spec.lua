-- The sandbox as a server. Requests go through the curl command, so that nothing of the client takes part.
local child = require "spec.support.child"
local sandbox = require "celements.sandbox"
local json = require "celements.sandbox.json"

local function output(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local SPECIAL = 'curl -sS --max-time 20 -w "\\n%%{http_code} %%{exitcode} %%{http_version} %%{num_connects}" %s'

-- Returns body, status, curl's exit code, the HTTP version, the number of connections made.
local function curl(arguments)
  local body, status, code, version, connects =
    output(SPECIAL:format(arguments)):match("^(.*)\n(%d+) (%d+) (%S+) (%d+)$")
  return body, tonumber(status), tonumber(code), version, tonumber(connects)
end

local function answers(url)
  return select(3, curl(url)) == 0
end

local function folder_exists(path)
  return output(("ls -d '%s'"):format(path)) ~= ""
end

local function authorization(running)
  return ("-H 'Authorization: User %s, Organization %s'"):format(running.user_secret, running.organization_secret)
end

describe("a sandbox server", function()
  local running

  before_each(function() running = assert(sandbox.start()) end)
  after_each(function() running:stop() end)

  local function call(path, arguments, tls)
    return curl(("%s --cacert %s %s '%s%s'"):format(arguments or "", running.ca_file, authorization(running),
      tls and running.base_url_tls or running.base_url, path))
  end

  local function control(method, path, body)
    local text = curl(("-X %s -d '%s' %s%s"):format(method, body or "", running.control_url, path))
    return json.decode(text)
  end

  local CREATE = "-H 'Content-Type: application/json' -d '" .. json.encode {
    element = { key = "mailjet" }, name = "Test",
    configuration = { ["mailjet.api.key"] = "k", ["mailjet.api.secret"] = "s" },
  } .. "'"

  it("answers over http, and over https with HTTP/1.1 and HTTP/2", function()
    local _, status, _, version = call("/elements/keys")
    assert.equal(200, status)
    assert.equal("1.1", version)
    _, status, _, version = call("/elements/keys", "--http1.1", true)
    assert.equal(200, status)
    assert.equal("1.1", version)
    _, status, _, version = call("/elements/keys", "--http2", true)
    assert.equal(200, status)
    assert.equal("2", version)
  end)

  it("has a certificate for localhost too, and none that a stranger trusts", function()
    local url = running.base_url_tls:gsub("127%.0%.0%.1", "localhost")
    assert.equal(0, select(3, curl(("--cacert %s %s"):format(running.ca_file, url))))
    assert.equal(60, select(3, curl(running.base_url_tls)))
  end)

  it("keeps connections alive", function()
    local text = output(("curl -s -w '%%{num_connects} ' %s -o /dev/null -o /dev/null %s/elements/keys %s/elements")
      :format(authorization(running), running.base_url, running.base_url))
    assert.equal("1 0 ", text)
  end)

  it("records what arrived", function()
    call("/instances?tags%5B%5D=a%20b", "-H 'X-Odd: 1'")
    call("/instances", CREATE)
    local journal = control("GET", "/journal")
    assert.equal(2, #journal)
    assert.equal("tags%5B%5D=a%20b", journal[1].query)
    assert.equal("a b", journal[1].parameters[1].value)
    assert.equal("1", journal[1].headers["x-odd"])
    assert.equal(404, journal[1].status)
    assert.equal("POST", journal[2].method)
    assert.equal("mailjet", json.decode(journal[2].body).element.key)
  end)

  it("takes a body of almost 8 MB and answers 429 to larger ones, chunked or not", function()
    local path = running.prefix .. "/body"
    for _, case in ipairs { { 8388608, 400 }, { 8388609, 429 }, { 12000000, 429 } } do
      output(("head -c %d /dev/zero | tr '\\0' ' ' > %s"):format(case[1], path))
      for _, more in ipairs { "", "-H 'Transfer-Encoding: chunked'" } do
        for _, tls in ipairs { false, true } do
          local arguments = ("-X POST -H 'Content-Type: application/json' -H Expect: %s -T %s"):format(more, path)
          local body, status = call("/instances", arguments, tls)
          assert.equal(case[2], status)
          assert.is_string(json.decode(body).requestId)
        end
      end
    end
  end)

  -- name, parameters, then curl's exit code over HTTP/1.1 and HTTP/2, the status, and whether the request takes effect
  local FAULTS = {
    { "delay", '"seconds":0.01', 0, 0, 200, true },
    { "delay", '"seconds":0.01,"when":"after"', 0, 0, 200, true },
    { "close_before", "", 52, 92, 0, false },
    { "close_after", "", 52, 92, 0, true },
    { "reset", "", 56, 92, 0, false },
    { "reset", '"work":true', 56, 92, 0, true },
    { "status", '"status":502', 0, 0, 502, false },
    { "status", '"status":504,"work":true', 0, 0, 504, true },
    { "status", '"status":204', 0, 0, 204, false },
    { "truncated", "", 18, 92, 200, true },
    { "truncated_chunked", "", 18, 92, 200, true },
    { "invalid_json", "", 0, 0, 200, true, '{"id": 1234, "name": "Tes' },
    { "content_type", "", 0, 0, 200, true },
    { "html", "", 0, 0, 200, false },
    { "rate_limited", '"retry_after":3', 0, 0, 429, false },
    { "drip", '"bytes":500,"pause":0.001', 0, 0, 200, true },
    { "huge", '"bytes":300000', 0, 0, 200, false, '"' .. ("x"):rep(299998) .. '"' },
    { "empty", "", 0, 0, 200, false, "" },
  }

  for _, fault in ipairs(FAULTS) do
    it(("meets a request with %s %s, once, over every protocol"):format(fault[1], fault[2]), function()
      local parameters = fault[2] == "" and "" or "," .. fault[2]
      for _, case in ipairs { { "", false, 3 }, { "--http1.1", true, 3 }, { "--http2", true, 4 } } do
        control("POST", "/reset")
        control("POST", "/faults", ('{"name":"%s"%s}'):format(fault[1], parameters))
        local body, status, code = call("/instances", CREATE .. " " .. case[1], case[2])
        assert.equal(fault[case[3]], code)
        assert.equal(fault[5], status)
        if fault[7] then assert.equal(fault[7], body) end
        assert.equal(fault[6] and 1 or 0, #control("GET", "/instances"))
        assert.equal(fault[1], control("GET", "/journal")[1].fault)
        assert.equal(200, select(2, call("/elements/keys", case[1], case[2])))
      end
    end)
  end

  it("closes before it reads the body when it closes before anything else", function()
    control("POST", "/faults", '{"name":"close_before"}')
    local connection = assert(require("socket").connect("127.0.0.1", running.base_url:match(":(%d+)/")))
    connection:settimeout(5)
    connection:send("POST /elements/api-v2/instances HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nfour")
    assert.equal("closed", select(2, connection:receive()))
    connection:close()
    local journal = control("GET", "/journal")
    assert.equal("close_before", journal[1].fault)
    assert.equal("/instances", journal[1].path)
    assert.equal("100000", journal[1].headers["content-length"])
    assert.equal("", journal[1].body)
  end)

  it("says what is wrong with a fault or a switch, in the user's own words", function()
    for _, case in ipairs {
      { { name = "nope-fault" }, 'unknown fault "nope-fault"' }, { { name = "status" }, "fault status needs status" },
      { { name = "control" }, 'unknown fault "control"' },
      { { name = "empty", workload = 1 }, 'unknown parameter "workload" of fault empty' },
    } do
      local ok, err = running:fault(case[1])
      assert.is_nil(ok)
      assert.equal(case[2], err)
    end
    assert.equal('unknown switch "nothing"', select(2, running:configure { nothing = "nothing" }))
    assert.equal("no instance 12345678", select(2, running:flag(12345678, { valid = true })))
  end)

  it("sends the headers that a fault asks for", function()
    control("POST", "/faults", '{"name":"rate_limited","retry_after":3}')
    assert.matches("\r\nRetry%-After: 3\r\n", (call("/elements", "-i")))
    control("POST", "/faults", '{"name":"content_type"}')
    assert.matches("\r\nContent%-Type: text/html\r\n", (call("/elements", "-i")))
    control("POST", "/faults", '{"name":"status","status":503,"headers":{"X-Odd":"1"},"body":"no"}')
    local text = call("/elements", "-i")
    assert.matches("\r\nX%-Odd: 1\r\n", text)
    assert.matches("\r\n\r\nno$", text)
  end)

  it("stops at the end of the Lua state, though it was spoken to", function()
    local prefix, status = child.run [[
      local running = assert(require("celements.sandbox").start())
      assert(running:configure { latency = 0 })
      io.write(running.prefix)]]
    assert.equal(0, status)
    assert.truthy(prefix:find("^/"), prefix)
    assert.is_false(folder_exists(prefix))
  end)

  it("stops once, and leaves neither a listener nor its folder", function()
    running:stop()
    running:stop()
    assert.is_false(answers(running.static_url))
    assert.is_false(answers(running.control_url))
    assert.is_false(folder_exists(running.prefix))
    local result, err = running:reset()
    assert.is_nil(result)
    assert.equal("the sandbox was stopped", err)
  end)

  it("shows no secret when it is printed", function()
    local text = tostring(running)
    assert.is_nil(text:find(running.user_secret, 1, true))
    assert.is_nil(text:find(running.organization_secret, 1, true))
    assert.truthy(text:find(running.base_url, 1, true))
  end)

  it("runs beside another one, with secrets of its own", function()
    local other = assert(sandbox.start { switches = { empty_list = "array" } })
    local _, status = curl(authorization(running) .. " " .. other.base_url .. "/instances")
    assert.equal(401, status)
    assert.equal("[]", (curl(authorization(other) .. " " .. other.base_url .. "/instances")))
    other:stop()
    assert.is_false(answers(other.static_url))
    assert.is_true(answers(running.static_url))
  end)

  it("says that a port is taken, and gives a freed port again", function()
    local port = tonumber(running.base_url:match(":(%d+)/"))
    local second, err = sandbox.start { port = port }
    assert.is_nil(second)
    assert.matches("port " .. port .. " is taken", err)
    running:stop()
    running = assert(sandbox.start { port = port })
    assert.equal(port, tonumber(running.base_url:match(":(%d+)/")))
  end)
end)

describe("starting a sandbox", function()
  it("says what to install", function()
    local running, err = sandbox.start { nginx = "/nonexistent/nginx" }
    assert.is_nil(running)
    assert.matches("nginx%-light and libnginx%-mod%-http%-lua", err)
    running, err = sandbox.start { openssl = "/nonexistent/openssl" }
    assert.is_nil(running)
    assert.matches("install Debian's openssl", err)
  end)

  it("raises for a wrong option, at the caller", function()
    for _, case in ipairs {
      { { nosuch = 1 }, "celements.sandbox.start: unknown option 'nosuch'" },
      { { port = "80" }, "celements.sandbox.start: option 'port' must be a port number" },
      { { user_secret = "a,b" }, "option 'user_secret' must be" }, { { switches = { x = 1 } }, 'unknown switch "x"' },
      { "text", "celements.sandbox.start: options must be a table, not a string" },
    } do
      local ok, err = pcall(function()
        local started = sandbox.start(case[1])
        return started
      end)
      assert.is_false(ok)
      assert.truthy(err:find(case[2], 1, true))
      assert.truthy(err:find("server_spec.lua", 1, true))
    end
  end)
end)
