-- Instance documents: JSON files that hold the body of a creation.
local celements = require "celements"
local core = require "celements.core"

local path

setup(function() path = os.tmpname() end)
teardown(function() os.remove(path) end)

local function load_text(text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return celements.load_instance(path)
end

local function refused(text)
  local request, err = load_text(text)
  assert.is_nil(request)
  assert.equal("configuration", err.kind)
  assert.equal(1, (tostring(err):find(path, 1, true)))
  assert.is_nil(tostring(err):find("[\r\n]"))
  return tostring(err)
end

describe("an instance document", function()
  it("is the request that it holds", function()
    local request = assert(load_text '{"element":{"key":"mailjet"},"tags":[],"name":"x","id":9007199254740993}')
    assert.equal("mailjet", request.element.key)
    assert.equal("[]", core.encode(request.tags))
    assert.equal("9007199254740993", tostring(request.id))
  end)

  it("may have any blanks around it and any line ends", function()
    assert.equal("x", assert(load_text '\r\n\t {"name":\r\n"x"}\r\n').name)
  end)

  it("that cannot be opened is an error that names it", function()
    local request, err = celements.load_instance("/nonexistent/instance.json")
    assert.is_nil(request)
    assert.equal("configuration", err.kind)
    assert.truthy(tostring(err):find("/nonexistent/instance.json", 1, true))
  end)

  it("that is a folder is an error, not a crash", function()
    local request, err = celements.load_instance("/")
    assert.is_nil(request)
    assert.equal("configuration", err.kind)
  end)

  it("that is empty is an error", function()
    refused ""
    refused " \n"
  end)

  it("that is no JSON is an error with the place of the fault", function()
    for _, text in ipairs {
      '{"name": "x",}', "{'name': 'x'}", '{"name": \226\128\156x\226\128\157}', '{"name": "x"', "name = x",
      '\239\187\191{"name": "x"}', '{"a": 01}',
    } do
      assert.truthy(refused(text):find("%d"), text)
    end
  end)

  it("that is no JSON has its faults, each with its place, after the path", function()
    local _, err = load_text '{\n  "name": "x"\n  "tags": ["a",]\n}\n'
    assert.equal(path .. ":2:14: a comma is missing: put a comma here; and 1 more", tostring(err))
    assert.same({
      { line = 2, column = 14, message = "a comma is missing", mend = "put a comma here" },
      { line = 3, column = 15, message = "nothing follows this comma", mend = "delete the comma" },
    }, err.problems)
  end)

  it("that is longer than any request is an error, and so is one that never ends", function()
    assert.truthy(refused((" "):rep(4 * 1024 * 1024) .. "{}"):find("is longer than", 1, true))
    local request, err = celements.load_instance("/dev/zero")
    assert.is_nil(request)
    assert.truthy(tostring(err):find("is longer than", 1, true))
  end)

  it("with the wrong shape is refused as create refuses it", function()
    local client = celements.new { base_url = "http://127.0.0.1:1", user_secret = "u", organization_secret = "o" }
    for _, text in ipairs {
      '{"element": "mailjet"}', '{"key": "mailjet"}', '{"request": {"element": {"key": "mailjet"}}}',
      '{"element": {"key": "x"}, "configuration": "y"}', '{"element": {"key": "x"}, "configuration": [{"key": "a.b"}]}',
      '{"element": {"key": "x"}, "tags": ["<INSERT_TAGS>"]}', '{"element": {"key": "mailjet"}, "mailjet.api.key": "x"}',
      '{"element": {"key": "mailjet"}, "configuration": {"configuration": {"mailjet.api.key": "x"}}}',
    } do
      refused(text)
      local instance, err = client.instances:create(core.decode(text))
      assert.is_nil(instance)
      assert.equal("configuration", err.kind, text)
    end
    client:close()
  end)

  it("that does not hold one object is an error", function()
    for _, text in ipairs { "[]", '[{"name":"x"}]', '"x"', "5", "true", "false", "null" } do refused(text) end
  end)

  it("never has its secrets repeated in an error", function()
    for _, text in ipairs {
      '{"mailjet.api.secret": "s3cr3t",}', '{"mailjet.api.secret": "s3cr3t', '["s3cr3t"]', '"s3cr3t"', "s3cr3t",
    } do
      assert.is_nil(refused(text):find("s3cr3t", 1, true))
    end
  end)
end)
