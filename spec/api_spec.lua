-- Everything that a user can reach is described, and the page says what the comments say.
local comments = require "src.api.comments"
local core = require "celements.core"
local exported = require "spec.support.exported"
local model = require "src.api.model"
local options = require "celements.options"
local page = require "src.api.page"
local problems = require "src.api.problems"
local sandbox = require "celements.sandbox"

local PAGE = "lua/celements/API.md"

local function none(list)
  assert.equal("", table.concat(list, "\n"))
end

describe("the API page", function()
  local files, own, server, found

  setup(function()
    files = model.files("")
    own = model.build(require "src.api.outline", files)
    server = assert(sandbox.start())
    found = exported.walk(server)
  end)

  teardown(function() server:stop() end)

  it("is what the comments give", function()
    assert.is_true(page.write(own) == model.read(PAGE), "run make api")
  end)

  it("has a heading for every link", function()
    local headings, links = {}, 0
    for title in model.read(PAGE):gmatch("\n#+ ([^\n]*)") do
      local anchor = title:lower():gsub("[^%w_ -]", ""):gsub(" ", "-")
      assert.is_nil(headings[anchor], title)
      headings[anchor] = true
    end
    for anchor in model.read(PAGE):gmatch("%]%(#([^)]*)%)") do
      links = links + 1
      assert.is_true(headings[anchor], anchor)
    end
    assert.is_true(links > 500)
  end)

  it("describes every function and every parameter", function()
    none(problems.of_comments(own))
    none(problems.of_files(files))
  end)

  it("has what can be reached, and nothing else", function()
    none(problems.of_exports(own, found.exported))
  end)

  it("has the fields of clients and sessions", function()
    for prefix, class in pairs { ["client:"] = "celements.Client", ["session:"] = "celements.Session" } do
      local fields = problems.fields(own, class)
      for name in pairs(found.objects[prefix]) do
        assert.is_true(fields[name] or name:find("^_") ~= nil, name)
      end
    end
  end)

  it("has every kind of error and its meaning", function()
    local kinds = {}
    for index, value in ipairs(own.aliases["celements.Kind"].values) do
      kinds[index] = { name = value.type:gsub('"', ""), meaning = value.text }
    end
    assert.same(core.kinds, kinds)
  end)

  describe("has the options that", function()
    local check = options.check

    after_each(function() options.check = check end)

    -- What a function that is called with something of the right types checks its options against.
    local function known_to(entry)
      local function value_for(param)
        local kind = comments.union(param.type)[1]
        if param.name == "dict" then return { safe_set = print } end
        if kind:find("^celements%.Store") then return require("celements.store").memory() end
        if kind:find("^string") then return "x" end
        if kind:find("^integer") or kind:find("^number") then return 1 end
        if kind:find("^fun") then return function() end end
        return {}
      end
      local arguments = { found.owners[entry.name] }
      if entry.added then table.insert(arguments, 1) end
      for _, param in ipairs(entry.params) do table.insert(arguments, value_for(param)) end
      local known
      options.check = function(where, given, names, ...)
        if next(given) ~= nil then return check(where, given, names, ...) end -- another argument's
        known = names
        error("enough", 0)
      end
      local _, err = pcall(found.exported[entry.name], (table.unpack or unpack)(arguments)) -- luacheck: ignore
      options.check = check
      return assert(known, ("%s checks no options: %s"):format(entry.name, tostring(err)))
    end

    local function each_with_options(visit)
      for _, section in ipairs(own.sections) do
        for _, entry in ipairs(section.entries) do
          local last = entry.params[#entry.params]
          local class = last and last.name == "given" and last.type:match("^celements%.[%w_]+")
          if class then visit(entry, class, section) end
        end
      end
    end

    it("each function takes, and no other", function()
      local count, list = 0, {}
      each_with_options(function(entry, class, section)
        count = count + 1
        for _, problem in ipairs(problems.of_options(own, entry.name, class, known_to(entry))) do
          -- By token some of the options by id are refused.
          local is_described = section.plan.other and problem:find(", which session.instance:", 1, true)
          if not is_described then table.insert(list, problem) end
        end
      end)
      none(list)
      assert.is_true(count > 60)
    end)

    it("stand in a table of their own", function()
      local known = {}
      options.check = function(where, ...)
        local names = select(2, ...)
        known[where] = known[where] or names -- what is inside comes first
        return check(where, ...)
      end
      local celements = require "celements"
      assert(celements.configuration { events = { enabled = false } })
      assert(celements.oauth.request { element = "x", provider_data = {}, app = {} })
      pcall(found.exported["session:upload"], found.objects["session:"], "/x", { path = "/none" }, { none = 1 })
      none(problems.of_options(own, "events", "celements.EventSettings", known["celements.configuration: events"]))
      none(problems.of_options(own, "app", "celements.OAuthApp", known["celements.oauth.request, option 'app'"]))
      none(problems.of_options(own, "file", "celements.Upload", known["session:upload"]))
    end)

    it("the sandbox takes, and no other", function()
      local known = exported.upvalue(exported.upvalue(sandbox.start, "check"), "OPTIONS")
      none(problems.of_options(own, "celements.sandbox.start", "celements.SandboxOptions", known))
    end)
  end)
end)
