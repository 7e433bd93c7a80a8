local api = require "spec.sandbox.api"
local control = require "celements.sandbox.control"
local faults = require "celements.sandbox.faults"
local journal = require "celements.sandbox.journal"
local json = require "celements.sandbox.json"
local request = require "celements.sandbox.request"
local switches = require "celements.sandbox.switches"

describe("the sandbox's control port", function()
  local caller, sandbox

  before_each(function()
    caller = api.new { message_delay = 2 }
    sandbox = { state = caller.state, faults = faults.new(), journal = journal.new() }
  end)

  local function call(method, path, body)
    local response = control.handle(sandbox, method, path, body and json.encode(body) or "")
    return json.decode(response.body), response.status
  end

  it("resets everything, switches to what they were at the start", function()
    caller:create()
    call("PATCH", "/switches", { message_delay = 5, tags = "objects" })
    call("POST", "/faults", { name = "html" })
    sandbox.journal:add(request.new("GET", "/elements/api-v2/x"), {})
    assert.equal(200, select(2, call("POST", "/reset")))
    assert.same({}, (call("GET", "/instances")))
    assert.same({}, (call("GET", "/faults")))
    assert.same({}, (call("GET", "/journal")))
    local now = call("GET", "/switches")
    assert.equal(2, now.message_delay)
    assert.equal("strings", now.tags)
    assert.equal(1234, caller:create().id)
  end)

  it("refuses an unknown switch and a wrong value, and sets nothing then", function()
    for _, settings in ipairs {
      { nosuch = true }, { tags = "none", latency = 1 }, { latency = -1 }, { next_id = "x" }, { next_id = 0 },
      { total_count = "yes" }, { next_token = "a b" },
    } do
      local answer, status = call("PATCH", "/switches", settings)
      assert.equal(400, status)
      assert.is_string(answer.message)
    end
    assert.equal(0, sandbox.state.switches.latency)
  end)

  it("has its switches documented, all of them", function()
    local file, documented = assert(io.open "lua/celements/sandbox/switches.lua"), {}
    for line in file:lines() do
      local name = line:match("^%-%-%-@field ([%w_]+)")
      if name then
        documented[name] = true
        assert.is_nil(select(2, switches.check { [name] = {} }):find("unknown", 1, true), name)
      end
    end
    file:close()
    for name in pairs(switches.defaults()) do assert.is_true(documented[name], name) end
  end)

  it("arms, lists and clears faults, and refuses unknown ones", function()
    assert.equal(200, select(2, call("POST", "/faults", { name = "html", times = 2 })))
    assert.equal(2, call("GET", "/faults")[1].times)
    call("DELETE", "/faults")
    assert.same({}, (call("GET", "/faults")))
    local answer, status = call("POST", "/faults", { name = "nosuch" })
    assert.equal(400, status)
    assert.equal('unknown fault "nosuch"', answer.message)
  end)

  it("shows instances with their secrets and flags them", function()
    caller:create()
    local instance = call("GET", "/instances")[1]
    assert.equal("secret", instance.configuration["mailjet.api.secret"])
    assert.is_true(call("PATCH", "/instances/1234", { in_use = true }).in_use)
    assert.equal(409, select(2, caller:call("DELETE", "/instances/1234")).status)
    assert.equal(400, select(2, call("PATCH", "/instances/1234", { token = "t" })))
    assert.equal(404, select(2, call("PATCH", "/instances/1", { in_use = true })))
  end)

  it("adds many instances", function()
    assert.equal(200, select(2, call("POST", "/instances", { count = 3 })))
    local list = caller:call("GET", "/elements/mailjet/instances")
    assert.equal(3, #list)
    assert.equal(400, select(2, call("POST", "/instances", { count = 0 })))
    assert.equal(400, select(2, call("POST", "/instances", { count = 1, element = "nosuch" })))
  end)

  it("refuses unknown paths, methods and bodies", function()
    assert.equal(404, select(2, call("GET", "/nosuch")))
    assert.equal(405, select(2, call("PUT", "/reset")))
    assert.equal(400, control.handle(sandbox, "POST", "/faults", "{").status)
    assert.equal(400, control.handle(sandbox, "POST", "/faults", "null").status)
  end)
end)

describe("the sandbox's journal", function()
  it("keeps what arrived", function()
    local seen = journal.new()
    seen:add(request.new("GET", "/elements/api-v2/instances?a%20b=c+d&tags[]=x&e", { accept = "*/*" }, "body"),
      { scheme = "http" })
    assert.same({ {
      method = "GET", path = "/instances", query = "a%20b=c+d&tags[]=x&e", headers = { accept = "*/*" },
      body = "body", scheme = "http",
      parameters = { { name = "a b", value = "c d" }, { name = "tags[]", value = "x" }, { name = "e", value = "" } },
    } }, seen:list())
  end)

  it("forgets the oldest beyond its limit", function()
    local seen = journal.new(2)
    for number = 1, 3 do seen:add(request.new("GET", "/elements/api-v2/" .. number), {}) end
    local list = seen:list()
    assert.equal(2, #list)
    assert.equal("/2", list[1].path)
    assert.equal("/3", list[2].path)
    seen:clear()
    assert.same({}, seen:list())
  end)
end)

describe("the sandbox's JSON", function()
  it("refuses what is not JSON", function()
    for _, text in ipairs {
      "", " ", "[1 2]", "[1,]", "{,}", '{"a" 1}', '{"a":1,}', "[01]", "[+1]", "[.5]", "[1.]", "[NaN]", "[1] []",
      '["\\x"]', '["\t"]', '["', "tru", "/**/1", "[1", ("["):rep(300) .. ("]"):rep(300),
    } do
      local value, err = json.decode(text)
      assert.is_nil(value)
      assert.matches("at byte %d+$", err)
    end
  end)

  it("tells [] from {} and keeps null", function()
    for _, text in ipairs { "[]", "{}", '{"a":[],"b":{}}', "[null,true,-1.5,1234]", '"é"', "0" } do
      assert.equal(#text, #json.encode(json.decode(text)))
    end
    assert.equal("\127", json.decode('"\127"'))
    assert.is_true(json.is_array(json.decode("[]")))
    assert.is_true(json.is_object(json.decode("{}")))
    assert.is_false(json.is_array(json.decode("{}")))
  end)

  it("writes numbers with the digits that read back", function()
    assert.equal("1234", json.number(1234))
    assert.equal("0.1", json.number(0.1))
    assert.equal("9007199254740991", json.number(2 ^ 53 - 1))
    assert.equal(1 / 3, tonumber(json.number(1 / 3)))
  end)
end)
