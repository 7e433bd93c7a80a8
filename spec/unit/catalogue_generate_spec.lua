local catalogue = require "celements.catalogue"

local TABLE = "src/catalogue/elements.tsv"
local MODULE = "lua/celements/catalogue/data.lua"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

describe("the catalogue's generator", function()
  local generate, input, output

  before_each(function()
    generate = assert(loadfile("src/catalogue/generate.lua"))
    input, output = os.tmpname(), os.tmpname()
  end)

  after_each(function()
    os.remove(input)
    os.remove(output)
  end)

  local HEADER = "key\telement_id\tname\thub\tauth\tconfig_key\trequired\ttype\tnote\n"

  local function generated(text)
    write(input, text)
    generate(input, output)
    return assert(loadfile(output))()
  end

  it("gives the committed module byte for byte", function()
    generate(TABLE, output)
    assert.is_true(read(output) == read(MODULE), "run make catalogue")
  end)

  it("makes every row of the table reachable", function()
    local rows, seen = 0, {}
    for line in read(TABLE):gmatch("[^\n]+") do
      local fields = {}
      for field in (line .. "\t"):gmatch("([^\t]*)\t") do table.insert(fields, field) end
      local key = fields[1]
      if rows > 0 then
        local element = assert(catalogue.get(key), key)
        seen[key] = (seen[key] or 0) + 1
        local entry = assert(element.entries[seen[key]], line)
        assert.same(
          { fields[2], fields[3], fields[4], fields[5], fields[6], fields[7], fields[8], fields[9] },
          { element.id and ("%d"):format(element.id) or "", element.name, element.hub or "", element.auth,
            entry.key, entry.required, entry.type, entry.note or "" })
      end
      rows = rows + 1
    end
    assert.is_true(rows > 600)
    for key, count in pairs(seen) do assert.equal(count, #catalogue.get(key).entries) end
  end)

  it("does not depend on the order of the elements or on the line ends", function()
    local one = "a\t1\tA\t\tbasic\tuser\tyes\tstring\tn\n"
    local other = "b\t2\tB\tcrm\tbasic\tuser\tno\tstring\t\n"
    local expected = { a = "1|A||basic\nuser|yes|string|n|\n", b = "2|B|crm|basic\nuser|no|string||\n" }
    assert.same(expected, generated(HEADER .. one .. other))
    local text = read(output)
    assert.same(expected, generated((HEADER .. other .. one):gsub("\n", "\r\n")))
    assert.equal(text, read(output))
  end)

  it("calls a Required column strong, but not for OAuth, booleans, the choice of authentication or optional entries",
    function()
      local cases = {
        { "basic", "account", "yes", "string", "Required column", "strong" },
        { "custom", "account", "yes", "password", "Required column", "strong" },
        { "oauth2", "account", "yes", "string", "Required column", "" },
        { "oauth1", "account", "yes", "string", "Required column", "" },
        { "basic", "sandbox", "yes", "boolean", "Required column", "" },
        { "basic", "authentication.type", "yes", "string", "Required column", "" },
        { "basic", "account", "no", "string", "Required column", "" },
        { "basic", "account", "yes", "string", "placeholder in only payload", "" },
      }
      for _, case in ipairs(cases) do
        local auth, key, required, kind, note, mark = case[1], case[2], case[3], case[4], case[5], case[6]
        local row = table.concat({ "a", "1", "A", "", auth, key, required, kind, note }, "\t")
        local expected = ("1|A||%s\n%s|%s|%s|%s|%s\n"):format(auth, key, required, kind, note, mark)
        assert.equal(expected, generated(HEADER .. row .. "\n").a)
      end
    end)

  it("names the line of a table that it cannot take", function()
    local row = "a\t1\tA\t\tbasic\tuser\tyes\tstring\tn\n"
    local cases = {
      ["the table of elements is empty"] = "",
      ["line 1: the header must be"] = row,
      ["line 2: 8 fields instead of 9"] = HEADER .. "a\t1\tA\t\tbasic\tuser\tyes\tstring\n",
      ["line 2: required must be yes, no or unknown"] = HEADER .. row:gsub("yes", "maybe"),
      ["line 2: no element key"] = HEADER .. row:gsub("^a", ""),
      ["line 2: a field holds |"] = HEADER .. row:gsub("string", "a|b"),
      ["line 3: user stands twice"] = HEADER .. row .. row,
      ["line 3: differs from the element's first row"] = HEADER .. row .. row:gsub("basic", "custom"),
    }
    for message, text in pairs(cases) do
      write(input, text)
      local ok, err = pcall(generate, input, output)
      assert.is_false(ok, message)
      assert.is_truthy(tostring(err):find(message, 1, true), ("%s: %s"):format(message, tostring(err)))
    end
  end)
end)
