-- The examples, run unchanged against the sandbox.
local sandbox = require "celements.sandbox"
local child = require "spec.support.child"
local packaged = require "spec.support.packaged"

local server

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function() assert(server:reset()) end)

local function run(name, ...)
  return child.run([[
    local path = ...
    arg = { select(2, ...) }
    dofile(path)
  ]], { "examples/" .. name .. ".lua", ... }, {
    CLOUD_ELEMENTS_BASE_URL = server.base_url,
    CLOUD_ELEMENTS_USER_SECRET = server.user_secret,
    CLOUD_ELEMENTS_ORGANIZATION_SECRET = server.organization_secret,
    APP_KEY = "key", APP_SECRET = "secret", STATE_SECRET = "0123456789abcdef",
  })
end

it("provision", function()
  local output, status = run "provision"
  assert.equal("instance 1234, Newsletter sender: keep its element token safe\nMailJet answers\n", output)
  assert.equal(0, status)
end)

it("many", function()
  local output, status = run("many", "first", "second", "third")
  local names = {}
  for name in output:gmatch("(%w+): instance %d+\n") do names[name] = true end
  assert.same({ first = true, second = true, third = true }, names)
  assert.equal(0, status)
end)

it("exactly_once", function()
  local path = os.tmpname()
  for _, outcome in ipairs { "created", "unchanged" } do
    local output, status = run("exactly_once", path, "first", "second")
    for _, name in ipairs { "first", "second" } do
      assert.truthy(output:find(name .. "\t%d+\t" .. outcome), output)
    end
    assert.equal(0, status)
  end
  assert.equal(2, #assert(server:instances()))
  for _, suffix in ipairs { "", "-wal", "-shm" } do os.remove(path .. suffix) end
end)

it("oauth", function()
  local url, status = run("oauth", "start", "session")
  assert.equal(0, status)
  local command = "curl -s -o /dev/null -w '%%{redirect_url}' -d decision=allow '%s'"
  local pipe = assert(io.popen(command:format(url:sub(1, -2))))
  local query = pipe:read("*a"):match("^http://127%.0%.0%.1:8080/connected%?(.*)$")
  pipe:close()
  local output
  output, status = run("oauth", "back", "somebody else's", query)
  assert.truthy(output:find("state", 1, true))
  assert.are_not.equal(0, status)
  assert.equal("instance 1234, Files: keep its element token safe\n", (run("oauth", "back", "session", query)))
end)

for _, name in ipairs(packaged) do
  it(name, function()
    assert(server:seed(3))
    local output, status = run(name)
    assert.equal("3 instances\nthe loop went on\n", output)
    assert.equal(0, status)
  end)
end
