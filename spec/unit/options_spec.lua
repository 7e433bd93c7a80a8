-- The check of an options table, by itself.
local options = require "celements.options"
local caller = require "spec.support.caller"

local KNOWN = {
  timeout = "seconds", page_size = "size", tags = "string|table", user_secret = "string",
  organization_secret = "string", hydrate = "boolean",
}

local function check(given)
  local checked = options.check("thing:do", given, KNOWN)
  return checked
end

-- Refusals blame the caller of the function that checks.
local function blamed_at_caller(given)
  local function api() options.check("thing:do", given, KNOWN) end
  return caller.blamed(function() api() end)
end

describe("an options table", function()
  it("may be left out", function()
    assert.same({}, check(nil))
  end)

  it("is given back as it is", function()
    local given = { timeout = 0.5, page_size = 1, tags = { "a" }, hydrate = false }
    assert.equal(given, check(given))
    assert.same({ timeout = 0.5, page_size = 1, tags = { "a" }, hydrate = false }, given)
  end)

  it("is refused when it is no table", function()
    for _, given in ipairs { "x", 1, true, print } do
      local _, message = pcall(check, given)
      assert.truthy(message:find("thing:do: options must be a table, not a " .. type(given), 1, true))
    end
    local _, message = pcall(check, false)
    assert.truthy(message:find("thing:do: options must be a table, not a boolean", 1, true))
  end)
end)

describe("an unknown option", function()
  it("is refused with the nearest known name", function()
    local hints = {
      timeut = "timeout", time_out = "timeout", Timeout = "timeout", usersecret = "user_secret", pagesize = "page_size",
      organisation_secret = "organization_secret", tag = "tags", tgas = "tags",
    }
    for wrong, right in pairs(hints) do
      local _, message = pcall(check, { [wrong] = 1 })
      assert.truthy(message:find(("thing:do: unknown option '%s' (did you mean '%s'?)"):format(wrong, right), 1, true),
        message)
    end
  end)

  it("is refused without a guess when nothing is near", function()
    for _, wrong in ipairs { "zzzzzzzzzzzzzzzzzzzz", "page", "x" } do
      local _, message = pcall(check, { [wrong] = 1 })
      assert.truthy(message:find(("thing:do: unknown option '%s'$"):format(wrong)))
    end
  end)

  it("is refused when its name is no string", function()
    local _, message = pcall(check, { "x" })
    assert.truthy(message:find("thing:do: unknown option '1'", 1, true))
    _, message = pcall(check, { [true] = 1 })
    assert.truthy(message:find("thing:do: unknown option 'true'", 1, true))
  end)
end)

describe("an option's value", function()
  it("has one of its types", function()
    check { tags = "x" }
    check { tags = {} }
    local _, message = pcall(check, { tags = 5 })
    assert.truthy(message:find("thing:do: option 'tags' must be a string or a table, not a number", 1, true))
  end)

  it("is a positive number where seconds are meant", function()
    for _, value in ipairs { 0.001, 1, 3600, math.huge } do check { timeout = value } end
    for _, value in ipairs { 0, -1, 0 / 0, -math.huge, "5", true } do
      local ok, message = pcall(check, { timeout = value })
      assert.is_false(ok)
      assert.truthy(message:find("option 'timeout' must be a positive number of seconds", 1, true))
    end
  end)

  it("is a positive whole number where a size is meant", function()
    for _, value in ipairs { 1, 200, 2 ^ 31 } do check { page_size = value } end
    local _, told = pcall(check, { page_size = 1.5 })
    assert.truthy(told:find("must be a positive whole number, not 1.5", 1, true))
    for _, value in ipairs { 0, -1, 1.5, 0 / 0, math.huge, "5" } do
      local ok, message = pcall(check, { page_size = value })
      assert.is_false(ok)
      assert.truthy(message:find("option 'page_size' must be a positive whole number", 1, true))
    end
  end)

  it("never stands in the message when it is a text, or a number in place of one: it could be a secret", function()
    local _, message = pcall(check, { timeout = "s3cr3t", hydrate = "s3cr3t" })
    assert.is_nil(message:find("s3cr3t", 1, true))
    _, message = pcall(check, { tags = 123456789 })
    assert.is_nil(message:find("123456789", 1, true))
  end)
end)

describe("a refusal", function()
  it("blames the caller of the function that checks", function()
    assert.equal("thing:do: options must be a table, not a string", blamed_at_caller "x")
    assert.equal("thing:do: unknown option 'timeot' (did you mean 'timeout'?)", blamed_at_caller { timeot = 1 })
    assert.equal("thing:do: option 'hydrate' must be a boolean, not a number", blamed_at_caller { hydrate = 1 })
  end)

  it("blames the caller named by a level", function()
    local function inner(given) options.check("thing:do", given, KNOWN, 3) end
    local function outer(given) inner(given) end
    assert.equal("thing:do: unknown option 'zzz'", caller.blamed(function() outer { zzz = 1 } end))
  end)
end)

describe("an argument", function()
  local function api(value, kinds)
    options.argument("thing:do", "path", value, kinds)
  end

  it("passes when it has one of its types", function()
    api("x", "string")
    api({}, "table|string")
    api("x", "table|string")
  end)

  it("is refused by name, at the caller", function()
    assert.equal("thing:do: path must be a string, not a number", caller.blamed(function() api(1, "string") end))
    assert.equal("thing:do: path must be a table or a string, not nil",
      caller.blamed(function() api(nil, "table|string") end))
  end)
end)
