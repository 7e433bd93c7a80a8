-- Files on their way down: to a path and to a function, and every way in which that fails.
local celements = require "celements"
local content = require "celements.sandbox.content"
local sandbox = require "celements.sandbox"
local shell = require "celements.sandbox.shell"
local caller = require "spec.support.caller"
local everywhere = require "spec.support.everywhere"
local scratch = require "spec.support.scratch"
local waiting = require "spec.support.waiting"

local SIZE = 3 * 1024 * 1024 + 7
local WHOLE = content.generated(SIZE):read(0, SIZE)

local server, client, session, here, path

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  session = caller.documents(client)
  here = scratch.new()
  path = "/hubs/documents/files/" .. assert(server:file { size = SIZE, name = "../report.bin", type = "image/png" })
end)
after_each(function()
  session:close()
  client:close()
  here:remove()
  assert.equal(0, waiting.tasks())
end)

local function collector()
  local pieces = {}
  return function(piece) table.insert(pieces, piece) end, function() return table.concat(pieces) end, pieces
end

describe("a download", function()
  it("makes a file, which only its owner can read", everywhere(function()
    local file, info = session:download(path, here:file "down")
    assert.same({ bytes = SIZE, name = "report.bin", type = "image/png" }, file)
    assert.equal(200, info.status)
    assert.truthy(WHOLE == here:read "down")
    assert.equal("down", here:list())
    local _, mode = shell.run("stat -c %a " .. here:file "down")
    assert.equal("600", mode:match "%d+")
    local arrived = caller.arrived(server, "GET")
    assert.equal("*/*", arrived[#arrived].headers.accept)
  end))

  it("gives pieces of a bounded length to a function", everywhere(function()
    local take, whole, pieces = collector()
    local file = assert(session:download(path, take))
    assert.same({ bytes = SIZE, name = "report.bin", type = "image/png" }, file)
    assert.truthy(WHOLE == whole())
    for _, piece in ipairs(pieces) do assert.truthy(#piece > 0 and #piece <= 16 * 1024) end
  end))

  it("replaces a file when the new one is complete", function()
    here:write("down", "before")
    assert(session:download(path, here:file "down"))
    assert.truthy(WHOLE == here:read "down")
    assert.equal("down", here:list())
  end)

  it("may be of nothing, and of unknown length", function()
    local empty = "/files/" .. assert(server:file { size = 0 })
    assert.equal(0, assert(session:download(empty, here:file "empty")).bytes)
    assert.equal("", here:read "empty")
    assert(server:fault { name = "status", status = 204, body = "" })
    assert.equal(0, assert(session:download(empty, function() error "nothing came" end)).bytes)
  end)

  it("is not limited as what stays in memory is, but as it is told", function()
    client:close()
    client = caller.client(server, { max_response = 10000 })
    session = caller.documents(client)
    assert(session:download(path, here:file "down", { max_bytes = SIZE }))
    local _, err = session:download(path, here:file "other", { max_bytes = SIZE - 1 })
    assert.equal("response", err.kind)
    assert.truthy(tostring(err):find("over the limit of " .. SIZE - 1 .. " bytes", 1, true))
    assert.truthy(err.hint:find("max_bytes", 1, true))
    assert.equal("down", here:list())
  end)

  it("tells how far it is", function()
    local told = {}
    local function on_progress(done, total)
      assert.equal(SIZE, total)
      table.insert(told, done)
    end
    assert(session:download(path, here:file "down", { on_progress = on_progress }))
    assert.equal(SIZE, told[#told])
    local take = collector()
    assert(session:download(path, take, { on_progress = on_progress }))
    assert.equal(SIZE, told[#told])
  end)

  it("can wait for other calls in its function, and goes on with other tasks", function()
    if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then return end
    local function download()
      local take, whole = collector()
      assert(session:download(path, function(piece)
        assert(session:ping())
        take(piece)
      end))
      return WHOLE == whole()
    end
    local results = celements.wait_all { celements.spawn(download), celements.spawn(download) }
    assert.same({ true, true }, { results[1], results[2] })
  end)

  it("asks for what it is told to", function()
    assert(session:download(path, here:file "down", { headers = { accept = "image/png" } }))
    local arrived = caller.arrived(server, "GET")
    assert.equal("image/png", arrived[#arrived].headers.accept)
  end)

  it("keeps the connection for other calls", function()
    local take = collector()
    assert(session:download(path, take))
    assert(session:ping())
    assert(session:download(path, take))
    assert(session:ping())
    local arrived = caller.arrived(server, "GET")
    assert.equal(arrived[1].connection, arrived[#arrived].connection)
  end)

  it("has HTTP/1.1 to itself also where other calls speak HTTP/2", function()
    client:close()
    client = caller.client(server, { tls = true })
    session = caller.documents(client)
    local take, whole = collector()
    assert(session:ping())
    assert(session:download(path, take))
    assert(session:ping())
    assert.truthy(WHOLE == whole())
    local versions = {}
    for _, entry in ipairs(caller.arrived(server, "GET")) do table.insert(versions, entry.http) end
    assert.same({ 2, 1.1, 2 }, versions)
  end)
end)

describe("a download leaves nothing behind", function()
  local function refused(kind, text, given)
    here:write("down", "before")
    local file, err = session:download(path, here:file "down", given)
    assert.is_nil(file)
    assert.equal(kind, err.kind)
    assert.truthy(tostring(err):find(text, 1, true), tostring(err))
    assert.equal("before", here:read "down")
    assert.equal("down", here:list())
    local taken = 0
    file, err = session:download(path, function(piece) taken = taken + #piece end, given)
    assert.is_nil(file)
    assert.equal(kind, err.kind)
    return taken
  end

  local function break_it(name, fields)
    local fault = { name = name, times = 2, match = { path = "files" } }
    for key, value in pairs(fields or {}) do fault[key] = value end
    assert(server:fault(fault))
  end

  it("when it is cut", function()
    break_it "truncated"
    assert.truthy(refused("response", "") > 0)
    break_it "truncated_chunked"
    refused("response", "")
    break_it("truncated", { bytes = 0 })
    assert.equal(0, refused("response", ""))
    break_it "close_after"
    refused("network", "")
  end)

  it("when the platform refuses", function()
    break_it("status", { status = 403 })
    assert.equal(0, refused("forbidden", "Armed fault"))
    break_it("status", { status = 302 })
    assert.equal(0, refused("response", "redirects"))
    break_it("html", { status = 502 })
    assert.equal(0, refused("server", ""))
    break_it("rate_limited")
    assert.equal(0, refused("rate_limited", "Too many requests"))
  end)

  it("and is not tried again", function()
    for fault, fields in pairs { truncated = {}, status = { status = 503 }, rate_limited = { retry_after = 0 } } do
      local before = #caller.arrived(server)
      break_it(fault, fields)
      session:download(path, here:file "down", { retries = 3 })
      assert.equal(before + 1, #caller.arrived(server))
      assert(server:clear_faults())
    end
  end)

  it("at its deadline", function()
    break_it("drip", { bytes = 1000, pause = 1 })
    refused("timeout", "", { timeout = 0.3 })
  end)

  it("when progress is no more wanted", function()
    refused("cancelled", "a function ended the call", { on_progress = function() return false end })
  end)

  it("when its task is cancelled", function()
    waiting.hold(server, 1, { path = "files" })
    local task = celements.spawn(function() return session:download(path, here:file "down") end)
    celements.spawn(function() waiting.arrive(server, 1) end):wait()
    assert.truthy(here:list():find("^down%.part%-"))
    task:cancel()
    assert.equal("", here:list())
    assert.equal("cancelled", (select(2, task:wait())).kind)
    assert.equal("", here:list())
  end)

  it("when the session is closed", function()
    local _, err = session:download(path, function() session:close() end)
    assert.equal("closed", err.kind)
    session = caller.documents(client)
    session:close()
    assert.equal("closed", (select(2, session:download(path, here:file "down"))).kind)
    assert.equal("", here:list())
  end)

  it("when the file cannot be given its name", function()
    local _, err = session:download(path, here:file "down", { on_progress = function()
      shell.run("mkdir -p " .. here:file "down")
    end })
    assert.equal("cancelled", err.kind)
    assert.truthy(err.message:find("could not be finished: " .. here:file "down", 1, true))
    assert.equal("down", here:list())
  end)

  it("when the file cannot be made", function()
    local before = #caller.arrived(server)
    for name, text in pairs {
      [here:file "none/down"] = "No such file or directory", [here.path] = "is not a regular file",
      ["/dev/null"] = "is not a regular file",
    } do
      local _, err = session:download(path, name)
      assert.equal("configuration", err.kind)
      assert.truthy(tostring(err):find(text, 1, true), tostring(err))
    end
    assert.equal(before, #caller.arrived(server))
  end)
end)

describe("a function that takes a download", function()
  it("ends it by returning false, or nil and why", everywhere(function()
    for _, returned in ipairs { { false }, { nil, "the disk is\nfull" }, { false, "no" } } do
      local calls = 0
      local file, err = session:download(path, function()
        calls = calls + 1
        return returned[1], returned[2]
      end)
      assert.is_nil(file)
      assert.equal("cancelled", err.kind)
      assert.equal(1, calls)
      local wanted = returned[2] and returned[2]:gsub("\n", " ") or "a function ended the call"
      assert.equal(wanted, err.message)
    end
    assert(session:ping())
  end))

  it("ends it also with its last piece", function()
    path = "/files/" .. assert(server:file { size = 3 })
    local _, err = session:download(path, function() return false end)
    assert.equal("cancelled", err.kind)
  end)

  it("raises its error from it", function()
    local raised = { "why" }
    local function fail() error(raised) end
    local ok, err = pcall(session.download, session, path, fail)
    assert.is_false(ok)
    assert.equal(raised, err)
    local task = celements.spawn(function() return session:download(path, fail) end)
    assert.equal(raised, (select(2, task:wait())))
    assert(session:ping())
  end)

  it("must be one, or a path", function()
    assert.equal("session:download: target must be a function or a string, not a table", caller.blamed(function()
      session:download(path, {})
    end))
    assert.equal("session:download: unknown option 'max_byte' (did you mean 'max_bytes'?)", caller.blamed(function()
      session:download(path, here:file "down", { max_byte = 1 })
    end))
  end)
end)
