-- The core in wrong hands: it raises, and never crashes.
local child = require "spec.support.child"

describe("misuse of the core", function()
  local PRELUDE = [[
    local core = require "celements.core"
    local engine = core.engine()
    local target = core.target { base_url = "http://127.0.0.1:1", user_secret = "u", organization_secret = "o" }
    local function submit(...) return engine:submit(target, "GET", "/x", ...) end
    local function finish(call) repeat until engine:wait(call) end
  ]]

  -- In a process of its own: a crash must fail one spec, not end them all.
  local function survives(code)
    local output, status = child.run(PRELUDE .. code .. "\nio.write 'done'")
    assert.equal("done", output)
    assert.equal(0, status)
  end

  it("raises for a query that is no list", function()
    survives [[ for _, query in ipairs { "abcd", 7, engine, true, print, { "a", 1 }, { 1, "a" } } do
      assert(not pcall(submit, nil, nil, query))
    end ]]
  end)

  it("raises for headers that are no map", function()
    survives [[ for _, headers in ipairs { "abcd", 7, engine, true, print, { a = 1 }, { [1] = "a" } } do
      assert(not pcall(submit, nil, nil, nil, headers))
    end ]]
  end)

  it("raises for a body that is neither a string nor a table, and for limits that are no numbers", function()
    survives [[
      for _, options in ipairs {
        { body = true }, { timeout = {} }, { timeout = "1" }, { connect_timeout = -1 }, { max_response = 0 },
        { max_response = 1.5 }, { low_speed_limit = 1.5 }, { low_speed_time = 0 / 0 }, "abcd", 7, true, engine, print,
      } do
        local ok, message = pcall(submit, options)
        assert(not ok and message:find("bad argument", 1, true), message)
        assert(select("#", engine:perform(target, "GET", "/x", options)) == 0)
      end
      assert(not pcall(core.target, { base_url = "http://127.0.0.1:1", timeout = 0 }))
    ]]
  end)

  it("refuses a method and a path that are no strings", function()
    survives [[
      for _, wrong in ipairs { false, 7, {}, print } do
        local call, what, why = engine:submit(target, wrong, "/x")
        assert(not call and what == "method" and why == "must be a string, not a " .. type(wrong), why)
        call, what, why = engine:submit(target, "GET", wrong)
        assert(not call and what == "path" and why == "must be a string, not a " .. type(wrong), why)
        assert(select("#", engine:perform(target, "GET", wrong)) == 0)
      end
    ]]
  end)

  it("raises for what is not an engine, a call or a target", function()
    survives [[
      local call = submit()
      for _, wrong in ipairs { target, 1, "x", {}, io.stdout } do
        local ok, message = pcall(engine.step, wrong)
        assert(not ok and message:find("bad argument #1.*celements%.engine"), message)
        assert(not pcall(call.take, wrong) and not pcall(call.done, wrong) and not pcall(call.cancel, wrong))
        ok, message = pcall(engine.wait, engine, wrong)
        assert(not ok and message:find("bad argument #2.*celements%.call"), message)
      end
      local ok, message = pcall(engine.submit, engine, engine, "GET", "/x")
      assert(not ok and message:find("bad argument #2", 1, true) and message:find("celements.target", 1, true), message)
    ]]
  end)

  it("bears arguments that nobody asked for", function()
    survives [[
      for _ = 1, 3 do
        local call = submit(nil, "owner", nil, nil, nil, "more", {})
        finish(call)
        assert(engine:next_done(1, {}) == call)
        assert(select(2, call:take(1, "x", {})).kind == "network")
        engine:step(0, 1)
      end
      engine:close(1)
    ]]
  end)

  it("bears a finaliser that is called by hand, in any order", function()
    survives [[
      local call = submit()
      call:__gc()
      call:__gc()
      assert(select(2, call:take()).kind == "closed")
      local other = submit()
      target:__gc()
      assert(tostring(target) == "celements.target (closed)")
      engine:__gc()
      engine:__gc()
      assert(tostring(engine) == "celements.engine (closed)")
      assert(select(2, other:take()).kind == "closed")
      other:__gc()
      call:__gc()
    ]]
  end)

  it("names a closed target", function()
    survives [[
      target:close()
      target:close()
      local call, what, why = submit()
      assert(call == nil and what == "engine" and why == "already closed", why)
      assert(select("#", engine:perform(target, "GET", "/x")) == 0)
      assert(not pcall(target.base_url, target) and target:redact("x") == "********")
      assert(not pcall(target.with_token, target, "x"))
    ]]
  end)
end)
