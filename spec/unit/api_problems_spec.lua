-- The checks of the doc comments can fail.
local comments = require "src.api.comments"
local model = require "src.api.model"
local page = require "src.api.page"
local problems = require "src.api.problems"

local OUTLINE = { { title = "example", header = "example", call = "example.", sources = {
  { file = "example", receiver = "example" } } } }

local HEAD = [[
--- An example.

local example = {}

--- Options of `example.run`.
---@class celements.Example: celements.More
---@field speed number? how fast

--- More of them.
---@class celements.More
---@field colour "red"|"blue"|nil of the lamp
---@field private inner table

]]

local GOOD = [[
--- Runs.
---@param name string|(fun(): integer, string?)|nil what runs, and
--- how
---@param given celements.Example?
---@return true? ok it ran
---@return string? why
function example.run(name, given)
  return name, given
end
]]

local BARE = "\n---@class celements.Bare (of all)\n---@field speed number\n"

local function built(text)
  return model.build(OUTLINE, { example = comments.read(HEAD .. text) })
end

describe("the checks of doc comments", function()
  it("find nothing where all is well", function()
    local own = built(GOOD)
    assert.same({}, problems.of_comments(own))
    assert.same({}, problems.of_exports(own, { ["example.run"] = function(name, given) return name, given end }))
    assert.same({}, problems.of_options(own, "example.run", "celements.Example", { speed = "rate", colour = "string" }))
  end)

  it("name what is wrong", function()
    local cases = {
      ["example.run (example.lua) has no doc comment"] = "function example.run() end",
      ["example.go (example.lua) has no doc comment"] = GOOD .. "function example.go() end",
      ["example.run (example.lua): parameter given has no @param"] =
        GOOD:gsub("%-%-%-@param given [^\n]*\n", ""),
      ["example.run (example.lua): @param title is not its parameter 1"] = GOOD:gsub("@param name", "@param title"),
      ["example.run (example.lua): @param name does not say"] = GOOD:gsub(" what runs, and\n%-%-%- how", ""),
      ["celements.Bare has no doc comment"] = GOOD:gsub("celements.Example", "celements.Bare") .. BARE,
      ["celements.Bare: @field speed does not say"] = GOOD:gsub("celements.Example", "celements.Bare") .. BARE,
      ["celements.Bare: what follows a class's name"] = GOOD:gsub("celements.Example", "celements.Bare") .. BARE,
      ["example.run names celements.Exemple, which nothing declares"] = GOOD:gsub("Example%?", "Exemple?"),
    }
    for expected, text in pairs(cases) do
      local list = problems.of_comments(built(text))
      local all = table.concat(list, "\n")
      assert.is_truthy(all:find(expected, 1, true), ("%s: %s"):format(expected, all))
    end
  end)

  it("name what is wrong in any module", function()
    local file = comments.read [[
local x = {}

function x.y() end
function x:__index() end
function Backend:z() end
]]
    assert.same({ "some.lua:3: x.y has no doc comment" }, problems.of_files { some = file })
  end)

  it("name what is exported and not described, and the other way round", function()
    local own = built(GOOD)
    assert.same({ "example.run is documented and not exported", "example.walk is exported and not documented" },
      problems.of_exports(own, { ["example.walk"] = function() end }))
    if debug.getinfo(1, "u").nparams then
      assert.same({ "example.run takes 1 parameters, not 2" },
        problems.of_exports(own, { ["example.run"] = function(name) return name end }))
    end
  end)

  it("name options that are not described, and fields that are no options", function()
    assert.same({ "celements.Example has 'colour', which example.run refuses",
      "example.run takes 'inner', which celements.Example lacks" },
      problems.of_options(built(GOOD), "example.run", "celements.Example", { speed = "rate", inner = "table" }))
  end)

  it("refuse a class that stands in two places, and a tag that is none", function()
    local file = comments.read(HEAD)
    assert.has_error(function() model.build(OUTLINE, { example = file, other = comments.read(HEAD) }) end,
      "celements.Example stands in example and in other")
    assert.has_error(function() comments.read("---@param name\nfunction x.y(name) end\n") end, "no parameter: name")
    assert.has_error(function() comments.read("---@return (\nfunction x.y() end\n") end, "no type: (")
  end)
end)

describe("the page", function()
  local text = page.write(built(GOOD))

  local function has(part)
    assert.is_truthy(text:find(part, 1, true), ("no %s in\n%s"):format(part, text))
  end

  it("has a function with its signature, parameters and results", function()
    has "### example.run\n\n```lua\nexample.run(name?, given?)\n```\n\nRuns.\n"
    has "- `name`, `string` or `(fun(): integer, string?)` or `nil`: what runs, and how\n"
    has "- `given`, [`celements.Example`](#type-celementsexample)`?`\n"
    has "1. `ok`, `true?`: it ran\n2. `why`, `string?`\n"
  end)

  it("has the options, their parents, and no field of its own use", function()
    has "### Type celements.Example\n\nOptions of [`example.run`](#examplerun).\n"
    has "| `speed` | `number?` | how fast |\n\nAnd every field of [`celements.More`](#type-celementsmore).\n"
    has '| `colour` | `"red"` or `"blue"` or `nil` | of the lamp |\n'
    assert.is_nil(text:find("inner", 1, true))
  end)
end)
