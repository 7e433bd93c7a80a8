-- JSON text to Lua values and back: nothing is lost, whichever lua-cjson is installed.
local core = require "celements.core"
local interrupt = require "spec.support.interrupt"

-- Lua 5.3 and later tell integers from floats; the others have doubles, exact up to 2^53.
local INTEGERS = math.type ~= nil

local function decode(text)
  local value, err = core.decode(text)
  assert(value ~= nil, err)
  return value
end

local function encode(value)
  local text, path, why = core.encode(value)
  assert(text, ("%s %s"):format(tostring(path), tostring(why)))
  return text
end

local function kind(number)
  return INTEGERS and math.type(number) or type(number)
end

describe("an integer in an answer", function()
  it("can be put into a path", function()
    assert.equal("/instances/1234", "/instances/" .. decode('{"id":1234}').id)
    assert.equal("/instances/-7", "/instances/" .. decode("[-7]")[1])
    assert.equal("0", "" .. decode("0"))
  end)

  it("is an integer, wherever it stands", function()
    local value = decode '{"a":1,"b":[2,{"c":3}],"d":{"e":[[4]]}}'
    for index, number in ipairs { value.a, value.b[1], value.b[2].c, value.d.e[1][1] } do
      assert.equal(index, number)
      assert.equal(INTEGERS and "integer" or "number", kind(number))
    end
  end)

  it("keeps every digit: as a number where this Lua holds it, as a string of its digits where not", function()
    local exact = {
      "999999999999999", "1000000000000000", "9007199254740991", "9007199254740992", "-9007199254740992",
    }
    for _, digits in ipairs(exact) do
      local value = decode(("[%s]"):format(digits))[1]
      assert.equal("number", type(value))
      assert.equal(digits, ("%.0f"):format(value))
    end
    local beyond_double = {
      "9007199254740993", "-9007199254740993", "99999999999999999", "123456789012345678", "1234567890123456789",
      "9223372036854775807", "-9223372036854775808",
    }
    for _, digits in ipairs(beyond_double) do
      local value = decode(('{"id":%s}'):format(digits)).id
      assert.equal(digits, tostring(value))
      assert.equal(INTEGERS and "integer" or "string", INTEGERS and math.type(value) or type(value))
    end
    local beyond_64_bits = {
      "9223372036854775808", "-9223372036854775809", "18446744073709551615", "12345678901234567890",
      "12345678901234567890123", "-12345678901234567890123", ("9"):rep(400),
    }
    for _, digits in ipairs(beyond_64_bits) do
      assert.equal(digits, decode(("[%s]"):format(digits))[1])
      assert.equal(digits, decode(digits))
    end
  end)

  it("is a float where it is written as one", function()
    for _, text in ipairs { "1.0", "1e2", "1E+2", "0.0", "-1.0" } do
      assert.equal(INTEGERS and "float" or "number", kind(decode(text)))
      assert.equal(tonumber(text), decode(text))
    end
  end)
end)

describe("a number to send", function()
  it("is written as an integer where it is one", function()
    local numbers = {
      [1234] = "1234", [0] = "0", [-1] = "-1", [99999999999999] = "99999999999999",
      [100000000000000] = "100000000000000", [123456789012345] = "123456789012345",
      [9007199254740991] = "9007199254740991", [-9007199254740992] = "-9007199254740992",
    }
    for number, text in pairs(numbers) do
      assert.equal("[" .. text .. "]", encode { number })
      assert.equal('{"id":' .. text .. "}", encode { id = number })
      assert.equal(text, encode(number))
    end
  end)

  it("keeps all 64 bits where this Lua has them, and is refused where it may have been rounded", function()
    if INTEGERS then
      assert.equal("[9223372036854775807,-9223372036854775808]", encode { math.maxinteger, math.mininteger })
      assert.equal("[9007199254740993]", encode { 9007199254740993 })
    else
      for _, number in ipairs { 2 ^ 53 + 2, -2 ^ 53 - 2, 2 ^ 63 } do
        local text, path, why = core.encode { id = number }
        assert.is_nil(text)
        assert.equal(".id", path)
        assert.truthy(why:find("beyond 2^53", 1, true))
      end
    end
  end)

  it("reads back equal when it has a fraction", function()
    for _, number in ipairs {
      0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, 123456.789, -0.1, 1e-7, 0.30000000000000004, math.pi, 1234567.0625,
      12345678901234.5, 87012604139260.781, 99999999999999.9, -1234567890123.25, 999999999999999.9,
      1 + 2 ^ -52, 8980929298432.998,
    } do
      assert.equal(number, decode(encode { number })[1])
      assert.equal(number, decode(encode(number)))
      assert.equal(number, decode(encode { x = { number } }).x[1])
    end
  end)

  it("reads back equal when it is large, or is refused", function()
    for _, number in ipairs { 1e300, -1e300, 1.7976931348623157e308, 2 ^ 63, 1e20 } do
      local text = core.encode { number }
      if INTEGERS or text then assert.equal(number, decode(text)[1]) end
    end
  end)

  it("is refused when it is not finite, with the place named", function()
    for _, number in ipairs { 0 / 0, math.huge, -math.huge } do
      local text, path, why = core.encode { a = { 1, number } }
      assert.is_nil(text)
      assert.equal(".a[2]", path)
      assert.equal("is not a finite number", why)
    end
  end)
end)

describe("what JSON cannot hold", function()
  local function refused(value, path, part)
    local text, where, why = core.encode(value)
    assert.is_nil(text)
    assert.equal(path, where)
    assert.truthy(why:find(part, 1, true), why)
  end

  it("is refused with the path of what is at fault", function()
    refused({ configuration = { ["a.b"] = print } }, ".configuration.a.b", "function")
    refused({ list = { 1, { x = print } } }, ".list[2].x", "function")
    refused(print, "", "function")
    refused({ x = io.stdout }, ".x", "nor celements.null")
    refused({ x = coroutine.create(function() end) }, ".x", "nor celements.null")
  end)

  it("is an object when it has names, even if it was an array before", function()
    assert.equal('{"name":1}', core.encode(setmetatable({ name = 1 }, core.array_mt)))
  end)

  it("is refused, not bent, in a table that is neither a list nor a map", function()
    refused({ x = { 1, 2, name = "y" } }, ".x", "both names and indexes")
    refused({ x = { "a", name = "y" } }, ".x", "both names and indexes")
    refused({ x = { 1, nil, 3 } }, ".x", "holes")
    refused({ x = { [2] = 1 } }, ".x", "holes")
    refused({ x = { [1000] = 1 } }, ".x", "holes")
    refused({ x = { [0] = 1 } }, ".x[0]", "whole number from 1")
    refused({ x = { [1.5] = 1 } }, ".x[1.5]", "whole number from 1")
    refused({ x = { [0.5] = 1 } }, ".x[0.5]", "whole number from 1")
    refused({ x = { [-1] = 1 } }, ".x[-1]", "whole number from 1")
    refused({ x = { [-1] = "a" } }, ".x[-1]", "whole number from 1")
    refused({ x = { [true] = 1 } }, ".x[boolean]", "neither a string nor a whole number")
  end)

  it("is refused when it holds itself, or is nested too deeply", function()
    local list, map = {}, {}
    list[1], map.map = list, map
    for _, value in ipairs { list, map } do
      local text, _, why = core.encode(value)
      assert.is_nil(text)
      assert.truthy(why:find("nested too deeply, or holds itself", 1, true))
    end
  end)

  it("begins beyond 128 levels, both ways", function()
    local function nested(levels)
      local value = {}
      for _ = 2, levels do value = { value } end
      return value
    end
    assert.truthy(core.encode(nested(128)))
    assert.is_nil((core.encode(nested(129))))
    assert.truthy((core.decode(("["):rep(128) .. ("]"):rep(128))))
    assert.is_nil((core.decode(("["):rep(129) .. ("]"):rep(129))))
    assert.is_nil((core.decode(("["):rep(100000))))
  end)
end)

describe("an error that strikes during encoding or decoding", function()
  local function strike(work, argument)
    local count = 0
    repeat
      count = count + 1
      local struck, ok, value = interrupt(count, work, argument)
      if ok then assert.truthy(value) else assert.equal("a signal", value) end
    until not struck
    return count
  end

  it("is none of the text's or the value's", function()
    assert.is_true(strike(core.decode, '{"a":[1,2]}') > 2)
    assert.is_true(strike(core.encode, { a = { 1, 2 } }) > 2)
  end)
end)

describe("text that is not JSON", function()
  it("is refused with the place of the fault", function()
    local faults = {
      [""] = 1, [" "] = 2, ["nul"] = 1, ["[tru]"] = 2, ["{\"a\":1,}"] = 8, ["[1,]"] = 4, ["[1] x"] = 5,
      ["\239\187\191{}"] = 1, ["{'a':1}"] = 2, ["{\"id\": 1234, \"name\": \"Tes"] = 26, ["<html>"] = 1, ["1 2"] = 3,
    }
    for text, offset in pairs(faults) do
      local value, why = core.decode(text)
      assert.is_nil(value)
      assert.equal(offset, tonumber(why:match("character (%d+)$")), text)
    end
  end)

  it("is refused where only other languages take it for a number", function()
    for _, text in ipairs {
      "0x10", "-0x1", "01", "-01", "00", "NaN", "nan", "-nan", "Infinity", "-Infinity", "inf", "+1", ".5", "1e", "-",
      "--1", "1.5.5", "1-1",
    } do
      for _, whole in ipairs { text, "[" .. text .. "]", '{"a":' .. text .. "}" } do
        assert.is_nil((core.decode(whole)), whole)
      end
    end
  end)

  it("never turns into infinity", function()
    for _, text in ipairs { "1e400", "-1e400", "123456789e999999999", ("9"):rep(400) .. "e1" } do
      local value = core.decode("[" .. text .. "]")
      assert.is_true(value == nil or type(value[1]) == "string", text .. " became " .. tostring(value and value[1]))
    end
  end)

  it("is refused with bytes after the value, a NUL character included", function()
    for _, text in ipairs { "{}x", "{}{}", "{} \0x", "1\0", "[1]\0\0" } do
      assert.is_nil((core.decode(text)), ("%q"):format(text))
    end
  end)

  it("is refused with half a surrogate, or a bad escape", function()
    for _, text in ipairs { [["\ud800"]], [["\ud800x"]], [["\u12"]], [["\x41"]], '"a' } do
      assert.is_nil((core.decode(text)), text)
    end
  end)
end)
