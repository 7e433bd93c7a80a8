local faults = require "celements.sandbox.faults"

local function refusal(spec)
  local fault, err = faults.check(spec)
  assert.is_nil(fault)
  return err
end

describe("a fault of the sandbox", function()
  it("has defaults", function()
    assert.same({ name = "drip", times = 1, match = {}, bytes = 16, pause = 0.05 }, faults.check { name = "drip" })
    assert.same({ name = "delay", times = 3, match = { method = "GET" }, seconds = 0.5, when = "before" },
      faults.check { name = "delay", seconds = 0.5, times = 3, match = { method = "GET" } })
  end)

  it("takes a table as a body of JSON and seconds as a number", function()
    assert.equal('{"a":1}', faults.check({ name = "status", status = 500, body = { a = 1 } }).body)
    assert.equal("2", faults.check({ name = "rate_limited", retry_after = 2 }).retry_after)
    assert.equal("Wed, 21 Oct 2026 07:28:00 GMT",
      faults.check({ name = "rate_limited", retry_after = "Wed, 21 Oct 2026 07:28:00 GMT" }).retry_after)
  end)

  it("is refused when its name or a parameter is unknown", function()
    assert.equal('unknown fault "nosuch"', refusal { name = "nosuch" })
    assert.equal('unknown fault "nil"', refusal {})
    assert.equal('unknown parameter "second" of fault delay', refusal { name = "delay", second = 1 })
    assert.equal('unknown parameter "seconds" of fault html', refusal { name = "html", seconds = 1 })
    assert.equal('unknown match "url"', refusal { name = "html", match = { url = "/" } })
  end)

  it("is refused when a parameter is missing or wrong", function()
    assert.equal("fault delay needs seconds", refusal { name = "delay" })
    assert.equal("fault status needs status", refusal { name = "status" })
    for _, spec in ipairs {
      { name = "delay", seconds = "1" }, { name = "delay", seconds = -1 },
      { name = "delay", seconds = 1, when = "x" }, { name = "status", status = 99 },
      { name = "status", status = 200.5 }, { name = "status", status = 200, body = 1 },
      { name = "status", status = 200, headers = { a = 1 } }, { name = "status", status = 200, work = "yes" },
      { name = "truncated", bytes = -1 }, { name = "html", times = 0 }, { name = "html", match = "GET" },
      { name = "empty", chance = 2 }, { name = "empty", chance = "often" },
      { name = "html", match = { path = "%" } }, { name = "html", match = { method = 1 } },
      { name = "drip", bytes = 0 },
    } do
      assert.is_string(refusal(spec))
    end
  end)

  it("meets as many matching requests as it says", function()
    local armed = faults.new()
    armed:arm { name = "close_after", times = 2, match = { method = "POST", path = "^/instances$" } }
    assert.is_nil(armed:take("GET", "/instances"))
    assert.is_nil(armed:take("POST", "/instances/1"))
    assert.equal("close_after", armed:take("POST", "/instances").name)
    assert.equal("close_after", armed:take("POST", "/instances").name)
    assert.is_nil(armed:take("POST", "/instances"))
  end)

  it("meets a request in the order of arming", function()
    local armed = faults.new()
    armed:arm { name = "html" }
    armed:arm { name = "empty" }
    assert.equal("html", armed:take("GET", "/").name)
    assert.equal("empty", armed:take("GET", "/").name)
  end)

  it("hits by chance, and counts only when it does", function()
    local throws = { 0.5, 0.49, 0, 0.9 }
    local armed = faults.new(function() return table.remove(throws, 1) end)
    armed:arm { name = "html", times = 2, chance = 0.5 }
    assert.is_nil(armed:take("GET", "/"))
    assert.equal("html", armed:take("GET", "/").name)
    assert.equal("html", armed:take("GET", "/").name)
    assert.is_nil(armed:take("GET", "/"))
    assert.same({ 0.9 }, throws)
  end)

  it("is gone after a clear", function()
    local armed = faults.new()
    armed:arm { name = "html" }
    armed:clear()
    assert.is_nil(armed:take("GET", "/"))
  end)

  it("is not armed when it is refused", function()
    local armed = faults.new()
    local fault, err = armed:arm { name = "nosuch" }
    assert.is_nil(fault)
    assert.equal('unknown fault "nosuch"', err)
    assert.is_nil(armed:take("GET", "/"))
  end)
end)
