-- Files on their way up: from a path and from a function, and every way in which that fails.
local celements = require "celements"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local everywhere = require "spec.support.everywhere"
local scratch = require "spec.support.scratch"
local waiting = require "spec.support.waiting"

local FILES = "/hubs/documents/files"

local server, client, session, here

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  client = caller.client(server)
  session = caller.documents(client)
  here = scratch.new()
end)
after_each(function()
  session:close()
  client:close()
  here:remove()
  assert.equal(0, waiting.tasks())
end)

-- What the platform has of a file.
local function stored(id)
  local pieces = {}
  assert(session:download(FILES .. "/" .. id, function(piece) table.insert(pieces, piece) end))
  return table.concat(pieces)
end

local function last() return caller.last(server, "POST") end

-- Gives the pieces of a list.
local function pieces_of(list)
  local index = 0
  return function()
    index = index + 1
    return list[index]
  end
end

local LARGE = ("0123456789abcde\n"):rep(200000) .. "the end"

describe("an upload", function()
  it("sends the file of a path as a form", everywhere(function()
    local path = here:write("report.txt", LARGE)
    local file, info = session:upload(FILES, path, { fields = { path = "/reports", overwrite = true, n = 3 } })
    assert.equal(200, info.status)
    assert.same({ "report.txt", #LARGE, "application/octet-stream" }, { file.name, file.size, file.type })
    assert.equal(LARGE, stored(file.id))
    local entry = last()
    assert.truthy(entry.headers["content-type"]:find("^multipart/form%-data; boundary="))
    assert.equal("application/json", entry.headers.accept)
    assert.is_nil(entry.headers.expect)
    assert.same({ ["file field"] = "file", path = "/reports", overwrite = "true", n = "3" }, entry.form)
  end))

  it("sends what a function gives, with its size or in chunks", everywhere(function()
    for _, size in ipairs { #LARGE, false } do
      local pieces, at = {}, 1
      while at <= #LARGE do
        table.insert(pieces, LARGE:sub(at, at + #pieces * 1000))
        at = at + #pieces[#pieces]
      end
      table.insert(pieces, 2, "")
      local file = assert(session:upload(FILES, { source = pieces_of(pieces), size = size or nil, name = "made" }))
      assert.same({ "made", #LARGE }, { file.name, file.size })
      assert.equal(LARGE, stored(file.id))
      assert.equal(size and "nil" or "chunked", tostring(last().headers["transfer-encoding"]))
    end
  end))

  it("takes a piece of any length, and none at all", function()
    assert.equal(LARGE, stored(assert(session:upload(FILES, { source = pieces_of { LARGE } })).id))
    local file = assert(session:upload(FILES, { source = function() end }))
    assert.same({ "file", 0 }, { file.name, file.size })
    assert.equal(0, assert(session:upload(FILES, { source = function() end, size = 0 })).size)
    assert.equal(0, assert(session:upload(FILES, here:write("empty", ""))).size)
  end)

  it("uses the names and types that it is given, whatever is in them", function()
    local file = assert(session:upload(FILES, {
      path = here:write("x", "text"), name = 'a"b.txt', type = "text/plain", field = "upload",
    }, { fields = { ["pa\"th"] = "a\r\n--b" }, query = { path = "/a b" } }))
    assert.same({ "a%22b.txt", "text/plain" }, { file.name, file.type })
    assert.same({ ["file field"] = "upload", ["pa%22th"] = "a\r\n--b" }, last().form)
    assert.equal("path=/a b", last().parameters[1].name .. "=" .. last().parameters[1].value)
  end)

  it("can send the bytes alone", function()
    local path = here:write("x.csv", "a,b\n")
    local raw = { raw = true, query = { name = "n" } }
    local file = assert(session:upload(FILES, { path = path, type = "text/csv" }, raw))
    assert.same({ "n", "text/csv" }, { file.name, file.type })
    assert.equal("a,b\n", stored(file.id))
    session:upload("/x", path, { raw = true, method = "PUT" })
    local entry = caller.arrived(server, "PUT")[1]
    assert.same({ "a,b\n", "4", "application/octet-stream" },
      { entry.body, entry.headers["content-length"], entry.headers["content-type"] })
  end)

  it("tells how far it is", function()
    local told = {}
    local function on_progress(done, total)
      table.insert(told, done)
      assert.equal(#LARGE, total)
    end
    assert(session:upload(FILES, here:write("x", LARGE), { on_progress = on_progress }))
    assert.equal(#LARGE, told[#told])
    for index = 2, #told do assert.truthy(told[index] > told[index - 1]) end
    assert(session:upload(FILES, { source = pieces_of { "abc" } }, {
      on_progress = function(done, total) told = { done, total } end,
    }))
    assert.same({ 3 }, told)
  end)

  it("goes on with other tasks while it waits", function()
    waiting.hold(server, 1, { path = "files" })
    local task = celements.spawn(function() return session:upload(FILES, here:write("x", LARGE)) end)
    assert(session:ping())
    waiting.arrive(server, 1)
    assert.is_false(task.done)
    task:cancel()
    local _, err = task:wait()
    assert.equal("cancelled", err.kind)
    assert.is_true(err.maybe_sent)
  end)

  it("can wait for other calls in its function", function()
    if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then return end
    local function upload()
      local count = 0
      return session:upload(FILES, {
        source = function()
          count = count + 1
          assert(session:ping())
          return count <= 3 and "abc" or nil
        end,
      })
    end
    local tasks = {}
    for index = 1, 3 do tasks[index] = celements.spawn(upload) end
    local files, errors = celements.wait_all(tasks)
    for index = 1, 3 do
      assert.is_nil(errors[index])
      assert.equal(9, files[index].size)
    end
  end)
end)

describe("an upload fails", function()
  local function refused(file, kind, text)
    local before = #caller.arrived(server)
    local body, err = session:upload(FILES, file)
    assert.is_nil(body)
    assert.equal(kind, err.kind)
    assert.truthy(tostring(err):find(text, 1, true), tostring(err))
    if kind == "configuration" then assert.equal(before, #caller.arrived(server)) end
    return err
  end

  it("before anything is sent when the file cannot be read", function()
    refused(here:file "none", "configuration", "none: No such file or directory (nothing was sent")
    refused(here.path, "configuration", "is not a regular file")
    refused("/dev/zero", "configuration", "is not a regular file")
  end)

  it("when a function gives another size, or says why", function()
    refused({ source = pieces_of { "abc" }, size = 4 }, "cancelled", "the source ended before its size was reached")
    refused({ source = pieces_of { "abc" }, size = 2 }, "cancelled", "the source gave more bytes than its size")
    local err = refused({ source = function() return nil, "no more\npaper" end }, "cancelled", "no more paper")
    assert.equal("no more paper", err.message)
    refused({ source = function() return false end }, "cancelled", "a function ended the call")
    assert.equal(0, #caller.arrived(server, "PUT"))
  end)

  it("with the error that its function raised", everywhere(function()
    local raised = { "why" }
    for _, file in ipairs {
      { source = function() error(raised) end },
      { source = pieces_of { "abc", raised } },
    } do
      local ok, err = pcall(session.upload, session, FILES, file)
      assert.is_false(ok)
      assert.truthy(err == raised or tostring(err):find("must return strings, not a table", 1, true))
    end
    assert(session:ping())
  end))

  it("when the file changes meanwhile", function()
    for text, problem in pairs { [LARGE .. "!"] = "changed its size", ["short"] = "became shorter" } do
      local path = here:write("x", LARGE)
      local task = celements.spawn(function() return session:upload(FILES, path) end)
      celements.spawn(function() here:write("x", text) end) -- before anything is sent
      local body, err = task:wait()
      assert.is_nil(body)
      assert.equal("cancelled", err.kind)
      assert.truthy(tostring(err):find(problem, 1, true), tostring(err))
    end
  end)

  it("when progress is no more wanted", function()
    local none = { on_progress = function() return false end }
    local _, err = session:upload(FILES, { source = pieces_of { LARGE } }, none)
    assert.equal("cancelled", err.kind)
  end)

  it("when the server closes midway, and is not sent again", function()
    for _, name in ipairs { "close_before", "close_after", "reset" } do
      assert(server:fault { name = name, match = { path = "files" } })
      local body, err = session:upload(FILES, here:write("x", LARGE))
      assert.is_nil(body)
      assert.equal("network", err.kind)
      assert.is_true(err.maybe_sent)
      assert.is_false(err.retryable)
    end
    assert.equal(4, #caller.arrived(server, "POST"))
  end)

  it("with what the platform says", function()
    assert(server:fault { name = "status", status = 403, match = { path = "files" } })
    assert.equal("forbidden", (select(2, session:upload(FILES, here:write("x", LARGE)))).kind)
    assert(server:fault { name = "status", status = 413, match = { path = "files" } })
    assert.is_nil(tostring((select(2, session:upload(FILES, here:file "x")))):find("8 MB", 1, true))
    assert(server:fault { name = "truncated", match = { path = "files" } })
    assert.equal("response", (select(2, session:upload(FILES, here:file "x"))).kind)
  end)

  it("at its deadline, and when the session is closed", function()
    waiting.hold(server, 1, { path = "files" })
    local _, err = session:upload(FILES, here:write("x", LARGE), { timeout = 0.05 })
    assert.equal("timeout", err.kind)
    local function source()
      session:close()
      return "abc"
    end
    _, err = session:upload(FILES, { source = source })
    assert.equal("closed", err.kind)
    assert.equal("closed", (select(2, session:upload(FILES, here:file "x"))).kind)
  end)

  it("for misuse, which it blames on the caller", function()
    local path = here:write("x", "text")
    for text, call in pairs {
      ["session:upload: file must be a table or a string, not nil"] = function() session:upload(FILES) end,
      ["session:upload: file needs either path or source"] = function() session:upload(FILES, {}) end,
      ["session:upload: size belongs to a source, a path has its own"] = function()
        session:upload(FILES, { path = path, size = 3 })
      end,
      ["session:upload: size must be a whole number of bytes"] = function()
        session:upload(FILES, { source = print, size = -1 })
      end,
      ["session:upload: unknown option 'pth' (did you mean 'path'?)"] = function()
        session:upload(FILES, { pth = path })
      end,
      ["session:upload: unknown option 'field' (did you mean 'fields'?)"] = function()
        session:upload(FILES, path, { field = "x" })
      end,
      ["session:upload: option 'method' must be POST, PUT or PATCH"] = function()
        session:upload(FILES, path, { method = "GET" })
      end,
      ["session:upload: field 'a' must be a string, a number or a boolean, not a table"] = function()
        session:upload(FILES, path, { fields = { a = {} } })
      end,
      ["session:upload: a raw upload has no fields"] = function()
        session:upload(FILES, path, { raw = true, fields = {} })
      end,
      ["session:upload: type must hold no CR, LF or NUL"] = function()
        session:upload(FILES, { path = path, type = "a\r\nb: c" })
      end,
      ["session:upload: header Content-Type is set by celements itself"] = function()
        session:upload(FILES, path, { headers = { ["content-type"] = "text/plain" } })
      end,
    } do
      assert.equal(text, caller.blamed(call))
    end
  end)
end)
