-- Files under every event loop: from and to paths and functions, beside other calls.
local celements = require "celements"
local content = require "celements.sandbox.content"
local protection = require "celements.runtime.protection"
local sandbox = require "celements.sandbox"
local caller = require "spec.support.caller"
local scratch = require "spec.support.scratch"
local loops = require "spec.support.loops"
local waiting = require "spec.support.waiting"

local SIZE = 2 * 1024 * 1024 + 7
local WHOLE = content.generated(SIZE):read(0, SIZE)

local server, here

setup(function() server = assert(sandbox.start()) end)
teardown(function() server:stop() end)
before_each(function()
  assert(server:reset())
  here = scratch.new()
end)
after_each(function() here:remove() end)

-- Pieces of 100,000 bytes.
local function source_of(text)
  local at = 1 - 100000
  return function()
    at = at + 100000
    return at <= #text and text:sub(at, at + 99999) or nil
  end
end

for _, name in ipairs { "copas", "cqueues", "luv" } do
  local loop = loops[name]
  if loop then
    describe("under " .. name, function()
      local client, session

      before_each(function()
        client = caller.client(server, { loop = name })
        session = caller.documents(client)
      end)
      after_each(function()
        session:close()
        client:close()
      end)

      local function within(work)
        local ended, result
        loop.start(function()
          result = work()
          ended = true
        end)
        loop.run()
        assert(ended, "the thread did not end")
        return result
      end

      it("a file goes up and comes down by path", function()
        local path = here:write("up", WHOLE)
        local file = within(function()
          local sent = assert(session:upload("/files", path, { on_progress = function() end }))
          return assert(session:download("/files/" .. sent.id, here:file "down"))
        end)
        assert.equal(SIZE, file.bytes)
        assert.truthy(WHOLE == here:read "down")
      end)

      it("a file goes up and comes down through functions", function()
        local pieces = {}
        within(function()
          local sent = assert(session:upload("/files", { source = source_of(WHOLE) }))
          return assert(session:download("/files/" .. sent.id, function(piece) table.insert(pieces, piece) end))
        end)
        assert.truthy(WHOLE == table.concat(pieces))
      end)

      it("functions wait for other calls while others go on", function()
        if not protection.can_wait_inside or not loop.can_sleep then return end
        local counts = {}
        within(function()
          local tasks = {}
          for index = 1, 3 do
            tasks[index] = celements.spawn(function()
              counts[index] = 0
              local give = source_of(WHOLE)
              local sent = assert(session:upload("/files", {
                source = function()
                  assert(session:ping())
                  return give()
                end,
              }))
              assert(session:download("/files/" .. sent.id, function(piece)
                celements.sleep(0.001)
                counts[index] = counts[index] + #piece
              end))
            end)
          end
          for index = 1, 3 do
            local _, err = tasks[index]:wait()
            assert.is_nil(err)
          end
        end)
        assert.same({ SIZE, SIZE, SIZE }, counts)
      end)

      it("a source is asked no more when its call is over, its client closed or its task cancelled", function()
        local LAST = 2000
        local function upload(on_piece, given)
          local count = 0
          local err = within(function()
            local task
            task = celements.spawn(function()
              return session:upload("/files", {
                source = function()
                  count = count + 1
                  on_piece(count, task)
                  return count < LAST and "x" or nil
                end,
              }, given)
            end)
            return select(2, task:wait())
          end)
          return err and err.kind, count
        end
        assert.same({ "cancelled", 3 }, { upload(function(count, task) if count == 3 then task:cancel() end end) })
        if protection.can_wait_inside then
          local kind, count = upload(function() assert(client:request("GET", "/elements/keys")) end, { timeout = 0.1 })
          assert.equal("timeout", kind)
          assert.is_true(count < LAST)
        end
        assert.same({ "closed", 3 }, { upload(function(count) if count == 3 then session:close() end end) })
      end)

      it("the loop ends when a function ended the call", function()
        local id = assert(server:file { size = SIZE })
        for _ = 1, 2 do
          local err = within(function()
            return select(2, session:download("/files/" .. id, function() return false end))
          end)
          assert.equal("cancelled", err.kind)
        end
        local err = within(function()
          return select(2, session:upload("/files", { source = function() return nil, "no" end }))
        end)
        assert.equal("no", err.message)
      end)

      it("the loop ends when the task was cancelled, in its function or outside", function()
        local id = assert(server:file { size = SIZE })
        local err = within(function()
          local task
          task = celements.spawn(function()
            return session:download("/files/" .. id, function() task:cancel() end)
          end)
          return select(2, task:wait())
        end)
        assert.equal("cancelled", err.kind)
        waiting.hold(server, 1, { path = "files" })
        err = within(function()
          local task = celements.spawn(function() return session:download("/files/" .. id, here:file "down") end)
          waiting.till(function()
            assert(session:ping())
            return waiting.held(server) == 1
          end, "a request")
          task:cancel()
          return select(2, task:wait())
        end)
        assert.equal("cancelled", err.kind)
        assert.equal("", here:list())
      end)
    end)
  end
end
