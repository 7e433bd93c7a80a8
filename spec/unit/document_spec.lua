-- What real files contain: each fault with its place and its mend.
local celements = require "celements"
local core = require "celements.core"

local LEFT, RIGHT = "\226\128\156", "\226\128\157"

-- Lines of "line:column: message: mend".
local function problems_of(text)
  local request, err = celements.check_instance(text)
  if request then return {} end
  assert.equal("configuration", err.kind)
  local lines = {}
  for _, problem in ipairs(assert(err.problems)) do
    table.insert(lines, ("%d:%d: %s: %s"):format(problem.line, problem.column, problem.message, problem.mend))
  end
  return lines
end

local FAULTS = {
  ["a missing comma"] = {
    '{\n  "name": "x"\n  "tags": ["a" "b"]\n}',
    "2:14: a comma is missing: put a comma here", "3:15: a comma is missing: put a comma here",
  },
  ["a trailing comma"] = {
    '{\n  "tags": ["a",],\n}',
    "2:15: nothing follows this comma: delete the comma", "2:17: nothing follows this comma: delete the comma",
  },
  ["a comma too many"] = { '{"name": "x",, "id": 1}', "1:14: there is a comma too many: delete the comma" },
  ["comments"] = {
    '{ // one\n  "name": "x" # two\n  /* three\n */\n}',
    "1:3: JSON has no comments: delete the comment", "2:15: JSON has no comments: delete the comment",
    "3:3: JSON has no comments: delete the comment",
  },
  ["line continuations"] = {
    '{ \\\n  "name": "x \\\n y"\n}',
    "1:3: a backslash does not continue a line: delete the backslash",
    "2:14: a backslash does not continue a line: delete the backslash",
  },
  ["text before"] = {
    'The payload: {"name": "x"}', "1:1: there is text before the document: delete what stands before its {",
  },
  ["text after"] = { '{"name": "x"}\n;', "2:1: there is text after the end of the document: delete it" },
  ["a dot for a comma"] = {
    '{\n  "name": "x".\n  "id": 5.\n  "tags": []\n}',
    "2:14: this should be a comma: type a comma", "3:10: this should be a comma: type a comma",
  },
  ["an unclosed string"] = {
    '{\n  "name": "x,\n  "tags: ["a"]\n}',
    "2:11: the string is not closed: put a double quote at its end",
    "3:3: the string is not closed: put a double quote at its end",
  },
  ["an unclosed list"] = {
    '{\n  "tags": ["a",\n  "name": "x"\n}', "2:11: the bracket is not closed: put ] where it ends",
  },
  ["unclosed objects"] = {
    '{\n  "element": {\n    "key": "m"\n', "2:14: the bracket is not closed: put }} where it ends",
  },
  ["the wrong bracket"] = { '{"tags": ["a"}, "id": 1}', "1:14: this is the wrong closing bracket: type ]" },
  ["an object closed too early"] = {
    '{"element": {"key": "m"}}, "name": "x"}', "1:25: there is a closing bracket too many: delete it",
  },
  ["curly quotes"] = {
    ('{%sname%s: "x%s,\n"é": %sy"}'):format(LEFT, RIGHT, RIGHT, LEFT),
    "1:2: the quotes are curly: type straight quotes", "1:12: the quotes are curly: type straight quotes",
    "2:6: the quotes are curly: type straight quotes",
  },
  ["a byte-order mark"] = {
    '\239\187\191{"name": "x",}',
    "1:1: there is a byte-order mark before the text: save it as UTF-8 without byte-order mark",
    "1:13: nothing follows this comma: delete the comma",
  },
  ["UTF-16"] = { "\255\254{\0}\0", "1:1: the text is not UTF-8: save it as UTF-8" },
  ["an accent in Latin-1"] = {
    '{\n  "tags": ["\195\169t\233"],\n  "name": "Caf\233"\n}', "2:15: the text is not UTF-8: save it as UTF-8",
  },
  ["a raw line end"] = { '{"name": "one\r\ntwo"}', "1:14: there is a line end inside a string: write \\n for it" },
  ["a raw tab"] = { '{"name": "é\ttwo"}', "1:12: there is a tab inside a string: write \\t for it" },
  ["an inner quote"] = {
    '{"name": "the "best" one, she said", "id": 1}',
    '1:15: there is a double quote inside a string: write \\" for it',
  },
  ["single quotes"] = {
    "{'name': 'it's'}",
    "1:2: the quotes are single: type double quotes", "1:10: the quotes are single: type double quotes",
  },
  ["a shell's quotes"] = {
    "'{\"name\": \"it'\\''s\"}'",
    "1:1: a shell's quotes are left around the document: delete them at both ends",
    "1:14: a shell's quoting is left in: write ' for '\\''",
  },
  ["a shell's escapes"] = {
    '{\\"name\\": \\"x\\"}', '1:2: a shell\'s quoting is left in: write " for \\"',
  },
  ["duplicate keys"] = {
    '{"name": "x",\n"tags": [],\n"name": "y"}',
    "3:1: name stands twice with different values, first on line 1: delete one of the two",
  },
  ["the wrong type at the top"] = {
    '[{"name": "x"}]', '1:1: the document is not an object: write { "element": { "key": … }, … }',
  },
  ["an element that is no object"] = {
    '{"element": "mailjet"}', '1:13: element must be an object: write { "key": … }',
  },
  ["an element's key at the top"] = {
    '{"name": "x", "key": "mailjet"}', '1:15: key belongs inside element: write "element": { "key": … }',
  },
  ["a configuration entry at the top"] = {
    '{"mailjet.api.key": "x", "element": {"key": "mailjet", "mailjet.api.secret": "y"}}',
    '1:2: mailjet.api.key belongs inside configuration: write "configuration": { "mailjet.api.key": … }',
    '1:56: mailjet.api.secret belongs inside configuration: write "configuration": { "mailjet.api.secret": … }',
  },
  ["a configuration that is a list"] = {
    '{"configuration": [{"key": "a.b", "propertyValue": "x"}]}',
    '1:19: configuration must be an object of keys and values: write { "…": … }',
  },
  ["an element in the configuration"] = {
    '{"configuration": {"element": {"key": "mailjet"}}}',
    "1:20: element belongs at the top of the document: move it there",
  },
  ["a configuration in the configuration"] = {
    '{"configuration": {"configuration": {"a.b": "x"}}}',
    "1:20: configuration belongs at the top of the document: move it there",
  },
  ["a placeholder"] = {
    '{"tags": ["a", " <insert_TAG> "]}', "1:16: placeholder left in tags[2]: put the real value here",
  },
  ["a placeholder without quotes"] = {
    '{"name": <INSERT_NAME>}', "1:10: there is text without quotes: put it between double quotes",
  },
  ["an empty file"] = { " \n", '2:1: there is nothing in it: write { "element": { "key": … }, … }' },
  ["another language's words"] = { '{"a": True, "b": None}', "1:7: JSON does not know this word: write true",
    "1:18: JSON does not know this word: write null" },
}

describe("a document with", function()
  for name, case in pairs(FAULTS) do
    it(name .. " is told where and how to mend it", function()
      assert.same({ (unpack or table.unpack)(case, 2) }, problems_of(case[1]))
    end)
  end

  it("several faults has each of them once", function()
    assert.same({
      "1:3: JSON has no comments: delete the comment",
      "2:4: this should be a colon: type a colon",
      "2:6: the quotes are single: type double quotes",
      "3:10: nothing follows this comma: delete the comma",
      "3:20: placeholder left in c: put the real value here",
      "4:3: there is text after the end of the document: delete it",
    }, problems_of '{ # x\n"a"= \'y\',\n"b": [ 1 , ], "c": "<INSERT_C>"\n} x')
  end)
end)

describe("a document", function()
  it("that is merely unusual passes", function()
    for _, text in ipairs {
      '{"name":"x","element":{"configuration":{"a.b":"x"},"key":"m"}}', "{}", '\r\n{\r\n"a" :\t1e9\r\n}\r\n\r\n',
      '{"a": "\\u00e9\\ud83d\\ude00 \\/", "b": [[], {}, null], "unknown": {"x": {}}}', '{"a": 1, "a": 1}',
      '{"configuration": [], "element": null}', '{"key": "x", "element": {"id": 84}}', '{"name": "<b>x</b> “y” // #"}',
    } do
      assert.same({}, problems_of(text), text)
      assert.same(core.decode(text), celements.check_instance(text))
    end
  end)

  it("has its first problem and their number in one line", function()
    local _, err = celements.check_instance('{"a": 1,\n"b": [2,],}', "x.json")
    assert.equal("x.json:2:8: nothing follows this comma: delete the comma; and 1 more", tostring(err))
    _, err = celements.check_instance '{"a": 1,}'
    assert.equal("1:8: nothing follows this comma: delete the comma", err.message)
    _, err = celements.check_instance("{" .. (","):rep(100))
    assert.equal(20, #err.problems)
    assert.truthy(tostring(err):find("; and 19 more at least", 1, true))
  end)

  it("has the places of its placeholders as create has them", function()
    local _, err = celements.check_instance '{"name": "<INSERT_A>", "configuration": {"a.b": "<INSERT_B>"}}'
    assert.same({ "name", "configuration.a.b" }, err.placeholders)
    assert.is_nil(err.problems[1].placeholder)
  end)

  it("that is too long is refused", function()
    local request, err = celements.check_instance((" "):rep(4 * 1024 * 1024) .. "{}", "x.json")
    assert.is_nil(request)
    assert.equal("x.json: is longer than 4194304 bytes, which no request is", tostring(err))
  end)

  it("must be a text", function()
    local _, err = pcall(function() celements.check_instance(5) end)
    assert.truthy(err:find("^spec/unit/document_spec.lua:%d+: celements.check_instance: text must be a string"), err)
    _, err = pcall(function() celements.check_instance("{}", {}) end)
    assert.truthy(err:find("^spec/unit/document_spec.lua:%d+: celements.check_instance: name must be a string"), err)
  end)
end)

describe("a changed document", function()
  local TEXT = '{\n  "element": { "key": "mailjet" },\n  "configuration": { "mailjet.api.key": "3b\\u00e97f" },\n'
    .. '  "tags": ["a", "b\\n"],\n  "id": -12.5e3,\n  "on": true\n}\n'
  local PIECES = { '"', "\\", "{", "}", "[", "]", ":", ",", "'", "/", "#", ".", "0", "e", "-", " ", "t", LEFT }

  it("never passes when the decoder refuses it, and is refused only for what it holds", function()
    local passed, refused = 0, 0
    for at = 1, #TEXT do
      for _, piece in ipairs(PIECES) do
        for width = 0, 1 do
          local text = TEXT:sub(1, at - 1) .. piece .. TEXT:sub(at + width)
          local decoded = core.decode(text)
          local request, err = celements.check_instance(text)
          if request then
            passed = passed + 1
            assert.same(decoded, request)
          else
            refused = refused + 1
            assert.truthy(err.problems, text)
          end
        end
      end
    end
    assert.is_true(passed > 1000 and refused > 1000)
  end)
end)
