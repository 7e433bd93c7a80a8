-- Sealed stores: what a value looks like, who can read it, and how keys change.
local caller = require "spec.support.caller"
local celements = require "celements"
local contract = require "spec.store.contract"
local without = require "spec.support.without"

local OLD, NEW = ("0f"):rep(32), ("\1\2\3\4"):rep(8)
local TOKEN = "token-7d1e"

local inner, sealed

before_each(function()
  inner = celements.store.memory()
  sealed = assert(celements.store.seal(inner, { key = OLD }))
end)

local function refused(kind, text, value, err)
  assert.is_nil(value)
  assert.equal(kind, err.kind)
  assert.truthy(tostring(err):find(text, 1, true), tostring(err))
  for _, secret in ipairs { TOKEN, OLD, ("\15"):rep(32), NEW } do assert.is_nil(caller.find(err, secret)) end
end

describe("a sealed store", function()
  for _, case in ipairs(contract) do
    it(case.name, function()
      case.run(function() return assert(celements.store.seal(inner, { key = OLD })) end)
    end)
  end

  it("gives the inner store nothing of a value, and another text each time", function()
    assert(sealed:put("name", TOKEN))
    local first = inner:get "name"
    assert(sealed:put("name", TOKEN))
    local second = inner:get "name"
    assert.is_nil(first:find(TOKEN, 1, true))
    assert.not_equal(first, second)
    assert.not_equal(first:sub(-#TOKEN - 16), second:sub(-#TOKEN - 16))
    assert.equal(#first, #second)
    assert.equal(TOKEN, sealed:get "name")
    inner:put("name", first)
    assert.equal(TOKEN, sealed:get "name")
  end)

  it("refuses a value of which a bit was changed, or which was cut", function()
    assert(sealed:put("name", TOKEN))
    local whole = inner:get "name"
    for at = 1, #whole do
      local byte = whole:byte(at)
      local other = string.char(byte % 2 == 0 and byte + 1 or byte - 1)
      inner:put("name", whole:sub(1, at - 1) .. other .. whole:sub(at + 1))
      local value, err = sealed:get "name"
      assert.is_nil(value)
      assert.truthy(err.kind == "unavailable" or err.kind == "configuration")
    end
    for length = 0, #whole - 1 do
      inner:put("name", whole:sub(1, length))
      refused("unavailable", "the record 'name' ", sealed:get "name")
    end
    inner:put("name", whole .. "\0")
    refused("unavailable", "was changed", sealed:get "name")
    inner:put("name", whole)
    assert.equal(TOKEN, sealed:get "name")
  end)

  it("refuses a value under another name", function()
    assert(sealed:put("customer/1", TOKEN))
    inner:put("customer/2", inner:get "customer/1")
    refused("unavailable", "the record 'customer/2' was changed, or put under another name", sealed:get "customer/2")
    local ok, err = pcall(function() for _ in sealed:each "customer/2" do error("never") end end)
    assert.is_false(ok)
    refused("unavailable", "customer/2", nil, err)
  end)

  it("refuses what is not sealed", function()
    inner:put("name", TOKEN)
    refused("unavailable", "the record 'name' is not sealed", sealed:get "name")
  end)

  it("cannot be read with another key", function()
    assert(sealed:put("name", TOKEN))
    local other = assert(celements.store.seal(inner, { key = NEW }))
    refused("configuration", "the record 'name' was sealed with another key", other:get "name")
    refused("configuration", "option 'previous'", other:rotate())
    assert.is_true(other:put("name", "new"))
    assert.equal("new", other:get "name")
    refused("configuration", "another key", sealed:get "name")
  end)

  it("changes its key", function()
    for index = 1, 5 do assert(sealed:put("a/" .. index, TOKEN .. index)) end
    assert(sealed:put("b/1", TOKEN))
    local both = assert(celements.store.seal(inner, { key = NEW, previous = { ("77"):rep(32), OLD } }))
    local new = assert(celements.store.seal(inner, { key = NEW }))
    assert.equal(TOKEN .. 1, both:get "a/1")
    assert(both:put("a/1", "put with the new key"))
    assert.equal("put with the new key", new:get "a/1")
    assert.equal(4, both:rotate "a/")
    assert.equal(0, both:rotate "a/")
    assert.equal(TOKEN .. 5, new:get "a/5")
    assert.is_nil(new:get "b/1")
    assert.equal(1, both:rotate())
    local count = 0
    for _, value in new:each() do
      assert.truthy(value)
      count = count + 1
    end
    assert.equal(6, count)
  end)

  it("changes the key of no value while another owner is at work with it", function()
    assert(sealed:put("name", "before"))
    local both = assert(celements.store.seal(inner, { key = NEW, previous = { OLD } }))
    local held = assert(sealed:lock "name")
    local rotation = celements.spawn(function() return both:rotate() end)
    for _ = 1, 3 do celements.sleep(0.01) end
    assert(sealed:put("name", "after", held))
    held:release()
    assert.equal(1, rotation:wait())
    assert.equal("after", both:get "name")
    refused("configuration", "another key", sealed:get "name")
  end)

  it("changes no key any more when it is closed", function()
    sealed:close()
    local count, err = sealed:rotate()
    assert.is_nil(count)
    assert.equal("closed", err.kind)
    assert.equal("closed", select(2, inner:get "name").kind)
  end)

  it("passes on what the inner store says", function()
    local broken = celements.store.memory()
    function broken.get() return nil, "no get" end
    function broken.put() return nil, "no put" end
    function broken.lock() return nil, "no lock" end
    local store = assert(celements.store.seal(broken, { key = OLD }))
    assert.same({ nil, "no get" }, { store:get "name" })
    assert.same({ nil, "no put" }, { store:put("name", "value") })
    assert.same({ nil, "no lock" }, { store:lock "name" })
    assert(sealed:put("name", TOKEN))
    function inner.lock() return nil, "no lock" end
    local both = assert(celements.store.seal(inner, { key = NEW, previous = { OLD } }))
    assert.same({ nil, "no lock" }, { both:rotate() })
    assert.equal(TOKEN, sealed:get "name")
  end)

  it("wants a key, not a text of a keyboard", function()
    local function message(given) return caller.blamed(function() celements.store.seal(inner, given) end) end
    local wanted = " must be a key of 32 random bytes, or their 64 hexadecimal digits (openssl rand -hex 32)"
    for _, key in ipairs { "", "correct horse battery staple", ("x"):rep(64), ("0"):rep(63), ("0"):rep(31) } do
      assert.equal("celements.store.seal: option 'key'" .. wanted, message { key = key })
    end
    assert.equal("celements.store.seal: option 'key'" .. wanted, message())
    assert.equal("celements.store.seal: option 'previous[2]'" .. wanted, message { key = NEW, previous = { OLD, "x" } })
    assert.equal("celements.store.seal: unknown option 'keys' (did you mean 'key'?)", message { keys = NEW })
    assert.equal("celements.store.seal: store must be a table, not nil",
      caller.blamed(function() celements.store.seal(nil, { key = NEW }) end))
  end)

  it("says what to install", function()
    for _, name in ipairs { "cipher", "hmac", "rand" } do
      without("openssl." .. name, function()
        local store, err = celements.store.seal(inner, { key = NEW })
        assert.is_nil(store)
        assert.equal("unavailable", err.kind)
        assert.truthy(err.hint:find("lua-luaossl", 1, true))
      end)
    end
  end)
end)
