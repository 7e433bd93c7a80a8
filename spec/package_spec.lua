-- What is shipped is complete, and what is written about it is true.
local core = require "celements.core"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function files(command)
  local list = {}
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do table.insert(list, line) end
  pipe:close()
  table.sort(list)
  return list
end

local function load_with(text, environment)
  if setfenv then return setfenv(assert(loadstring(text)), environment) end -- luacheck: ignore
  return assert(load(text, "=text", "t", environment))
end

local function rockspec()
  local fields = {}
  load_with(read("celements-scm-1.rockspec"), fields)()
  return fields
end

describe("the rockspec", function()
  it("lists every Lua module under the name of its path", function()
    local modules = rockspec().build.modules
    local listed = {}
    for name, path in pairs(modules) do
      if type(path) == "string" then listed[path] = name end
    end
    local found = files("find lua -name '*.lua'")
    assert.is_true(#found > 20)
    for _, path in ipairs(found) do
      local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
      assert.equal(name, listed[path])
      listed[path] = nil
    end
    assert.is_nil(next(listed))
  end)

  it("lists every C source", function()
    local sources = rockspec().build.modules["celements.core"].sources
    table.sort(sources)
    assert.same(files("ls src/core/*.c src/binding/*.c"), sources)
  end)
end)

describe("the module", function()
  it("says which version it is", function()
    assert.equal(core.version, require("celements")._VERSION)
    assert.truthy(read("src/core/celements.h"):find('CELEMENTS_VERSION "' .. core.version .. '"', 1, true))
  end)

  it("shows other modules of the process nothing but its entry point", function()
    local path = assert(package.searchpath and package.searchpath("celements.core", package.cpath)
      or package.cpath:match("[^;]*build/[^;]*"):gsub("?", "celements/core"))
    local names = files("nm -D --defined-only " .. path .. " | awk '{print $3}'")
    assert.same({ "luaopen_celements_core" }, names)
  end)

  -- Each loads a library that need not be there.
  local optional = {
    ["celements.runtime.copas"] = true, ["celements.runtime.cqueues"] = true, ["celements.runtime.luv"] = true,
  }

  it("makes no global names", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    for path in pairs(rockspec().build.modules) do
      if not path:find("%.nginx$") and not optional[path] and path ~= "celements.core" then require(path) end
    end
    for name in pairs(_G) do assert.is_true(before[name] or false, name) end
  end)
end)

describe("the README", function()
  local text = read("README.md")

  it("has every kind of error and its meaning, and no other", function()
    local rows = {}
    for name, meaning in text:match("| kind | means |(.-)\n\n"):gmatch("| `([%w_]+)` | ([^\n]*) |") do
      table.insert(rows, { name = name, meaning = meaning })
    end
    assert.same(core.kinds, rows)
  end)

  it("shows code that runs", function()
    local sandbox = require "celements.sandbox"
    local server = assert(sandbox.start())
    local environment = {
      CLOUD_ELEMENTS_BASE_URL = server.base_url,
      CLOUD_ELEMENTS_USER_SECRET = server.user_secret,
      CLOUD_ELEMENTS_ORGANIZATION_SECRET = server.organization_secret,
    }
    local getenv, printed = os.getenv, {}
    os.getenv = function(name) return environment[name] end -- luacheck: ignore
    local blocks = {}
    for block in text:gmatch("\n```lua\n(.-)\n```") do table.insert(blocks, block) end
    assert.is_true(#blocks >= 5)
    local chunk = load_with(table.concat(blocks, "\n"), setmetatable({
      print = function(...)
        local line = {}
        for i = 1, select("#", ...) do line[i] = tostring((select(i, ...))) end
        table.insert(printed, table.concat(line, "  "))
      end,
    }, { __index = _G }))
    local ok, err = pcall(chunk)
    os.getenv = getenv -- luacheck: ignore
    server:stop()
    assert(ok, tostring(err))
    local all = table.concat(printed, "\n")
    assert.truthy(all:find("missing configuration for mailjet: mailjet.api.secret\n", 1, true))
    assert.truthy(all:find("configuration  mailjet.api.secret\n", 1, true))
    assert.truthy(all:find("\nUPDATED  contacts  9001\n200\n401\n", 1, true))
    assert.truthy(all:find("network  true\n1", 1, true))
  end)

  it("names files and make targets that exist", function()
    local makefile = read("Makefile")
    for target in text:gmatch("`make ([a-z]+)") do
      assert.truthy(makefile:find("\n" .. target .. ":", 1, true), target)
    end
    for path in text:gmatch("`(src/[%w_/%.]*)`") do
      assert.same({ (path:gsub("/$", "")) }, files("ls -d " .. path:gsub("/$", "") .. " 2>/dev/null"))
    end
  end)
end)
