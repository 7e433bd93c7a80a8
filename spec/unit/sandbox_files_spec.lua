-- Files in the sandbox's handlers, and the forms they come in.
local api = require "spec.sandbox.api"
local content = require "celements.sandbox.content"
local multipart = require "celements.sandbox.multipart"

local function form(...)
  return content.text((table.concat({ ... }, "\r\n")))
end

local HEAD = 'Content-Disposition: form-data; name="path"'
local FILE = 'content-disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain'

describe("a multipart form", function()
  it("has the parts that are in it", function()
    local body = form("--b", HEAD, "", "/x", "--b", FILE, "", "one\r\n--two\r\n", "--b--", "")
    local parts = assert(multipart.parse(body, "b"))
    assert.equal(2, #parts)
    assert.same({ "path", "file" }, { parts[1].name, parts[2].name })
    assert.same({ 2, 12 }, { parts[1].length, parts[2].length })
    assert.same({ "a.txt", "text/plain" }, { parts[2].file, parts[2].type })
    assert.is_nil(parts[1].file)
  end)

  it("is found across the blocks that it is read in", function()
    for length = 65500, 65560 do
      local body = form("--b", FILE, "", ("x"):rep(length), "--b--", "")
      local parts = assert(multipart.parse(body, "b"))
      assert.equal(length, parts[1].length)
    end
  end)

  it("is refused when it is none", function()
    for _, body in ipairs {
      form(), form("x"), form("--b", "", "x", "--b--"), form("--b", FILE, "", "never ends"),
      form("--b", FILE, "", "x", "--c--", ""), form("--b", "no colon", "", "x", "--b--"),
    } do
      local parts, err = multipart.parse(body, "b")
      assert.is_nil(parts)
      assert.truthy(err:find("form", 1, true))
    end
  end)

  it("names its boundary, quoted or not", function()
    assert.equal("x-1", multipart.boundary "multipart/form-data; boundary=x-1")
    assert.equal("x 1", multipart.boundary 'Multipart/Form-Data; charset=x; Boundary="x 1"')
    assert.is_nil(multipart.boundary "application/json")
    assert.is_nil(multipart.boundary(nil))
  end)
end)

describe("generated content", function()
  it("is the same however it is read", function()
    local made = content.generated(200000)
    local whole = made:read(0, 200000)
    assert.equal(200000, #whole)
    assert.equal("000000000000002\n", whole:sub(131073, 131088))
    for _, at in ipairs { 0, 1, 65535, 65536, 100000, 199999 } do
      assert.equal(whole:sub(at + 1, at + 70000), made:read(at, 70000))
    end
  end)
end)

describe("files in the sandbox", function()
  local sandbox, token

  local function box()
    local instance, response = sandbox:call("POST", "/instances", {
      element = { key = "box" }, name = "Box", externalAuthentication = "initial",
      configuration = { ["oauth.api.key"] = "k", ["oauth.api.secret"] = "s", ["oauth.user.refresh_token"] = "t" },
    })
    assert(response.status == 200, response.body)
    return instance.token
  end

  before_each(function()
    sandbox = api.new()
    token = box()
  end)

  local function post(body, kind, path)
    return sandbox:hub(token, "POST", path or "/hubs/documents/files", body, { ["content-type"] = kind })
  end

  it("come back as they were sent", function()
    local body = table.concat({ "--b", HEAD, "", "/x", "--b", FILE, "", "some text", "--b--", "" }, "\r\n")
    local file = post(body, "multipart/form-data; boundary=b")
    assert.same({ "a.txt", 9, "text/plain" }, { file.name, file.size, file.type })
    local _, response = sandbox:hub(token, "GET", "/files/" .. file.id, nil, { accept = "image/png" })
    assert.equal(200, response.status)
    assert.equal("text/plain", response.headers["Content-Type"])
    assert.equal('attachment; filename="a.txt"', response.headers["Content-Disposition"])
    assert.equal("some text", response.file.content:read(response.file.offset, response.file.length))
  end)

  it("may be sent alone", function()
    local file = post("a,b", "text/csv", "/files?name=x.csv")
    assert.same({ "x.csv", 3, "text/csv" }, { file.name, file.size, file.type })
  end)

  it("belong to one instance of an element that has files", function()
    local file = post("x", "text/plain")
    token = box()
    assert.equal(404, select(2, sandbox:hub(token, "GET", "/files/" .. file.id)).status)
    token = sandbox:create().token
    assert.equal(404, select(2, post("x", "text/plain")).status)
    assert.equal(401, select(2, sandbox:call("POST", "/files", "x")).status)
  end)

  it("are refused in a form without one", function()
    local body = table.concat({ "--b", HEAD, "", "/x", "--b--", "" }, "\r\n")
    assert.equal(400, select(2, post(body, "multipart/form-data; boundary=b")).status)
    assert.equal(400, select(2, post("nothing", "multipart/form-data; boundary=b")).status)
  end)
end)
