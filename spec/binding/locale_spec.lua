-- Numbers on the wire, when the program changes its locale after everything was loaded.
local shell = require "celements.sandbox.shell"
local child = require "spec.support.child"
local folder = require "spec.support.folder"

local CODE = [[
  local core, parameters = require "celements.core", require "celements.parameters"
  local function check()
    assert(core.encode { 1.5, 19.99, 1 / 3 }:find "^%[1%.5,19%.99,0%.3333333333333333%d?%]$", core.encode { 1 / 3 })
    local list = assert(core.decode "[1.5,0.25]")
    assert(list[1] == 3 / 2 and list[2] == 1 / 4)
    assert(parameters.number(1.5) == "1.5" and parameters.number(-1e-30) == "-1e-30")
    assert(parameters.number(1 / 3) == "0.33333333333333331")
  end
  check()
  assert(os.setlocale "de_DE.UTF-8", "no such locale")
  assert(("%.1f"):format(1.5) == (jit and "1.5" or "1,5"))
  check()
  local store = require("celements.store")
  local file = assert(store.sqlite(...))
  assert(file:lock("name", { lease = 1.5 })):release()
  file:close()
  os.setlocale "C"
  check()
  assert(os.setlocale "ps_AF.UTF-8", "no such locale")
  assert(core.encode { 1, "x" } == '[1,"x"]' and core.decode("[7]")[1] == 7) -- lua-cjson knows no point of two bytes
]]

it("numbers have a point, whatever the locale's decimal point is", function()
  local path = folder.new()
  for _, name in ipairs { "de_DE", "ps_AF" } do
    assert(shell.run(("localedef -i %s -f UTF-8 %s/%s.UTF-8"):format(name, path, name)))
  end
  local output, status = child.run(CODE, { path .. "/store.db" }, { LOCPATH = path, LC_ALL = false })
  folder.remove(path)
  assert.equal("", output)
  assert.equal(0, status)
end)
