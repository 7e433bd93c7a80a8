-- The table that a failed call returns as its second value.
local errors = require "celements.errors"

local function lines(text)
  return select(2, text:gsub("[\r\n]", "")) + 1
end

describe("the kinds of errors", function()
  it("are a closed list", function()
    local names = {}
    for name, meaning in pairs(errors.kinds) do
      table.insert(names, name)
      assert.equal("string", type(meaning))
      assert.equal(1, lines(meaning))
    end
    table.sort(names)
    assert.same({
      "cancelled", "closed", "configuration", "conflict", "forbidden", "network", "not_found", "provider",
      "rate_limited", "rejected", "response", "server", "timeout", "tls", "too_large", "unauthorized", "unavailable",
    }, names)
  end)

  it("cannot be made up", function()
    assert.has_error(function() errors.new { kind = "oops", message = "x" } end)
    assert.has_error(function() errors.new { message = "x" } end)
  end)
end)

describe("an error", function()
  it("is a table with the fields that it was made of", function()
    local err = errors.new { kind = "conflict", message = "exists", status = 409, attempts = 1 }
    assert.equal("conflict", err.kind)
    assert.equal("exists", err.message)
    assert.equal(409, err.status)
    assert.equal("celements.Error", getmetatable(err).__name)
    assert.is_nil(err.request_id)
  end)

  it("begins with its message when it is printed", function()
    local err = errors.new {
      kind = "server", message = "it broke", status = 502, method = "GET", path = "/x", request_id = "5c1f",
    }
    assert.equal(1, (tostring(err):find("it broke", 1, true)))
  end)

  it("says kind, status, method, path and request id when it is printed", function()
    local text = tostring(errors.new {
      kind = "server", message = "it broke", status = 502, method = "GET", path = "/x", request_id = "5c1f",
    })
    for _, part in ipairs { "server 502", "GET /x", "5c1f" } do assert.truthy(text:find(part, 1, true)) end
  end)

  it("is its message alone when nothing else is known", function()
    assert.equal("name is missing", tostring(errors.new { kind = "configuration", message = "name is missing" }))
  end)

  it("says what to do, unless it was given better advice", function()
    assert.truthy(errors.new({ kind = "timeout", message = "x" }).hint)
    assert.equal("do this", errors.new({ kind = "timeout", message = "x", hint = "do this" }).hint)
  end)

  it("says when the platform may have done the work", function()
    for method, says in pairs { POST = true, DELETE = true, GET = false, HEAD = false } do
      local text = tostring(errors.new { kind = "timeout", message = "x", method = method, maybe_sent = true })
      assert.equal(says, text:find("may have done it", 1, true) ~= nil, method)
    end
  end)

  it("repeats the provider's text only when it adds something", function()
    local both = tostring(errors.new { kind = "provider", message = "refused", provider_message = "bad key" })
    assert.truthy(both:find("bad key", 1, true))
    local same = tostring(errors.new { kind = "provider", message = "refused", provider_message = "refused" })
    assert.equal(1, select(2, same:gsub("refused", "")))
  end)

  it("names what is likely missing, unless it knows what is", function()
    local guess = errors.new { kind = "rejected", message = "no", likely_missing = { "a.b", "c.d" } }
    assert.truthy(tostring(guess):find("a.b, c.d", 1, true))
    local known = errors.new { kind = "rejected", message = "no", likely_missing = { "a.b" }, missing = { "c.d" } }
    assert.is_nil(tostring(known):find("a.b", 1, true))
  end)

  it("is one line without control characters, whatever stands in its fields", function()
    local dirt = "one\r\ntwo\tthree\0four\27[31mfive\127six"
    for kind in pairs(errors.kinds) do
      local text = tostring(errors.new {
        kind = kind, message = dirt, provider_message = "x" .. dirt, request_id = dirt, path = dirt, method = "GET",
        likely_missing = { dirt }, hint = dirt,
      })
      assert.equal(1, lines(text))
      assert.is_nil(text:find("%c"))
      assert.truthy(text:find("one two three four", 1, true))
    end
  end)

  it("has a message that is one line, too", function()
    assert.equal("one two", errors.new({ kind = "network", message = "one\r\n\ntwo" }).message)
  end)

  it("can be raised and caught as it is", function()
    local err = errors.new { kind = "network", message = "x" }
    local ok, caught = pcall(error, err)
    assert.is_false(ok)
    assert.equal(err, caught)
  end)

  it("reads well in assert", function()
    local ok, caught = pcall(assert, nil, errors.new { kind = "network", message = "no connection" })
    assert.is_false(ok)
    assert.truthy(tostring(caught):find("no connection", 1, true))
  end)
end)
