-- Lists longer than what is kept.
local api = require "spec.sandbox.api"

local function escaped(text)
  return (text:gsub("%W", function(c) return ("%%%02X"):format(c:byte()) end))
end

describe("the sandbox's crowd", function()
  it("stands behind the real instances, page after page, each once", function()
    local sandbox = api.new { crowd = 450 }
    sandbox:create { name = "Real" }
    local seen, last, count, path = {}, nil, 0, "/instances"
    repeat
      local list, response = sandbox:call("GET", path)
      assert.equal("451", response.headers["Elements-Total-Count"])
      for _, instance in ipairs(list) do
        assert.is_nil(seen[instance.id])
        seen[instance.id], last, count = true, instance, count + 1
      end
      local cursor = response.headers["Elements-Next-Page-Token"]
      path = cursor and "/instances?nextPage=" .. escaped(cursor)
    until not path
    assert.equal(451, count)
    assert.is_true(seen[1234])
    assert.equal("Crowd 450", last.name)
    assert.same({ "crowd" }, last.tags)
    assert.equal("mailjet", last.element.key)
    assert.equal("string", type(last.token))
  end)

  it("is kept nowhere, and is in no filtered list", function()
    local sandbox = api.new { crowd = 1000000 }
    assert.equal(200, #sandbox:call("GET", "/instances"))
    assert.equal(0, #sandbox.state.instances)
    assert.equal(404, select(2, sandbox:call("GET", "/instances?tags[]=crowd")).status)
    assert.equal(404, select(2, sandbox:call("GET", "/elements/mailjet/instances")).status)
  end)

  it("is none unless the switch says so", function()
    local sandbox = api.new()
    assert.equal(404, select(2, sandbox:call("GET", "/instances")).status)
  end)
end)
