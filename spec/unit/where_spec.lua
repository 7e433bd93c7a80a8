-- Conditions made of tables. What they mean is read back here by readers of literals of every kind there is.
local celements = require "celements"
local caller = require "spec.support.caller"

local function text(conditions)
  local written = celements.where.text(conditions)
  return written
end

local function refused(pattern, conditions)
  local message = caller.blamed(function() celements.where.text(conditions) end)
  assert.truthy(message:find(pattern), message)
end

describe("a table of conditions", function()
  it("compares fields with quoted values, joined by AND, in a fixed order", function()
    assert.equal("status='active'", text { status = "active" })
    assert.equal("a='1' AND b='2' AND c='3'", text { c = 3, a = 1, b = 2 })
    assert.equal("age<'65' AND age>='21'", text { ["age >="] = 21, ["age <"] = 65 })
    assert.equal("a!='x' AND b<='1' AND c>'2' AND d='3'",
      text { ["a !="] = "x", ["b<="] = 1, ["c > "] = 2, ["d="] = 3 })
    assert.equal("name LIKE 'A%'", text { ["name like"] = "A%" })
    assert.equal("id IN ('1','2','x')", text { ["id IN"] = { 1, 2, "x" } })
    assert.equal("deleted IS NULL", text { ["deleted Is  Null"] = true })
    assert.equal("empty=''", text { empty = "" })
  end)

  it("quotes booleans like everything else", function()
    assert.equal("active='true' AND private='false'", text { private = false, active = true })
  end)

  it("keeps every digit of a number", function()
    assert.equal("id='9007199254740991'", text { id = 9007199254740991 })
    assert.equal("id='1234567890123456789'", text { id = "1234567890123456789" })
    assert.equal("x='0.1' AND y='-3' AND z='1000000'", text { x = 0.1, y = -3, z = 1e6 })
    if math.type then
      assert.equal("id='9007199254740993'", text { id = 9007199254740993 })
    else
      refused("'id' is a number that cannot be sent exactly: give it as a string", { id = 2 ^ 53 + 2 })
    end
    for _, number in ipairs { 0 / 0, 1 / 0, -1 / 0 } do refused("'id' is a number that cannot", { id = number }) end
  end)

  it("keeps dotted names, and those that are words of the language, whole", function()
    assert.equal("`Owner.Name`='x'", text { ["Owner.Name"] = "x" })
    assert.equal("`and`='1' AND `x-y`='2'", text { ["and"] = 1, ["x-y"] = 2 })
    assert.equal("Custom__c='x'", text { Custom__c = "x" })
    assert.equal("`Null` IS NULL", text { ["Null is null"] = true })
  end)

  it("is a text that can be part of a larger one", function()
    assert.equal("(a='1' OR b='2')", "(" .. text { a = 1 } .. " OR " .. text { b = 2 } .. ")")
  end)

  it("must have a condition, or a forgotten value would select everything", function()
    refused("where has no condition: leave it out to have everything", {})
    refused("where has no condition", { owner = nil })
    refused("conditions must be a table, not a string", "a='1'")
    refused("must have names of fields as its keys", { "a='1'" })
  end)

  it("refuses names and operators that are none", function()
    for _, key in ipairs {
      "", " ", "1a", "a b", "a='1' OR b", "a'", "`a`", "a`=1 OR `b", "a == ", "a <>", "a not in", "a is not null",
      "a\0", "a\nOR b", "\195\169", "a;", "a)", "a like '%' or b like",
    } do
      refused("has a key that is not a field, or a field and an operator", { [key] = "x" })
    end
    local message = caller.blamed(function() celements.where.text { ["a\27[31m\nb"] = 1 } end)
    assert.is_nil(message:find("%c"))
  end)

  it("refuses values that are none", function()
    refused("'a' must be a string, a number or a boolean, not a table: an operator stands in the key, %[\"a >=\"%]$",
      { a = { "!=", "x" } })
    refused("'a' must be a string, a number or a boolean, not a table", { a = {} })
    refused("'a' must be a string, a number or a boolean, not a function", { a = print })
    refused("'a' must be a string, a number or a boolean, not a ", { a = celements.null })
    refused("'a' must be true", { ["a is null"] = false })
    refused("'a' must be true", { ["a is null"] = "x" })
    for _, list in ipairs { {}, "x", 1, { x = 1 }, { 1, nil, 3 }, { 1, x = 2 } } do
      refused("'a' must be a list of at least one value, without holes", { ["a in"] = list })
    end
    refused("'a' must be a string, a number or a boolean, not a table", { ["a in"] = { 1, { 2 } } })
  end)

  it("refuses what elements may read in different ways, and does not repeat it", function()
    for _, value in ipairs { "a\0b", "a\nb", "\127", "\r", "\t", "secret\\", "\\'", "a\\b" } do
      refused("^celements.where.text: where 'a' holds a ", { a = value })
      refused("^celements.where.text: where 'a' holds a ", { ["a in"] = { "x", value } })
      refused("^celements.where.text: where 'a' holds a ", { ["a like"] = value })
    end
    for _, value in ipairs {
      "\255", "\192\167", "\224\128\167", "\226\130", "\226x\130\172", "\237\160\128", "\244\144\128\128", "a\191'",
      "\191", "\195\169\169",
    } do
      refused("holds bytes that are not UTF%-8", { a = value })
    end
    local message = caller.blamed(function() celements.where.text { a = "hidden\\" } end)
    assert.is_nil(message:find("hidden", 1, true))
  end)

  it("takes every character of UTF-8", function()
    for _, value in ipairs {
      "\195\169", "\226\130\172", "\240\159\152\128", "\244\143\191\191", "\237\159\191", "\238\128\128",
    } do
      assert.equal("a='" .. value .. "'", text { a = value })
    end
  end)
end)

-- Replaces each literal by S, adjacent ones by one, and gives the values beside. `doubled`: a doubled quote stands for
-- a quote. `backslash`: a backslash takes the next character with it.
local function read(condition, doubled, backslash)
  local skeleton, values, at = {}, {}, 1
  while at <= #condition do
    local c = condition:sub(at, at)
    if c ~= "'" then
      table.insert(skeleton, c)
      at = at + 1
    else
      local value, closed = "", false
      at = at + 1
      while at <= #condition and not closed do
        c = condition:sub(at, at)
        if backslash and c == "\\" then
          value, at = value .. condition:sub(at + 1, at + 1), at + 2
        elseif doubled and condition:sub(at, at + 1) == "''" then
          value, at = value .. "'", at + 2
        else
          closed = c == "'"
          value, at = closed and value or value .. c, at + 1
        end
      end
      assert(closed, "a literal does not end: " .. condition)
      if skeleton[#skeleton] ~= "S" then table.insert(skeleton, "S") end
      table.insert(values, value)
    end
  end
  return table.concat(skeleton), values
end

describe("a value", function()
  local PIECES = {
    "'", "''", "'''", " OR ", " AND ", "1=1", "a='x'", "--", "/*", "*/", ";", "(", ")", ",", "`", '"', "%", "_", " ",
    "x", "0", "\195\169", "\226\128\153", "IS NULL", "=", "{{", "%27", "&#39;",
  }

  -- The same values in every run and on every Lua.
  local seed = 20181126
  local function random(limit)
    seed = (seed * 16807) % 2147483647
    return seed % limit + 1
  end

  local function hostile()
    local parts = {}
    for index = 1, random(8) - 1 do parts[index] = PIECES[random(#PIECES)] end
    return table.concat(parts)
  end

  it("stays one value for every reader of literals, whatever stands in it", function()
    for _ = 1, 2000 do
      local a, b, c, d = hostile(), hostile(), hostile(), hostile()
      local written = text { aa = a, ["bb like"] = b, ["cc in"] = { c, d } }
      for _, doubled in ipairs { true, false } do
        for _, backslash in ipairs { true, false } do
          local skeleton, values = read(written, doubled, backslash)
          assert.equal("aa=S AND bb LIKE S AND cc IN (S,S)", skeleton, written)
          if doubled then assert.same({ a, b, c, d }, values) end
        end
      end
    end
  end)

  it("would not stay one if a backslash were let through", function()
    local skeleton = read([[a='\'' OR 1=1']] .. "'", true, true)
    assert.truthy(skeleton:find("OR 1=1", 1, true))
  end)
end)
