local api = require "spec.sandbox.api"
local data = require "celements.catalogue.data"

local sandbox
before_each(function() sandbox = api.new() end)

local function get(path)
  local answer, response = sandbox:call("GET", path)
  return answer, response.status, response.headers
end

describe("the sandbox's catalogue", function()
  it("has every element of the vendor's pages, by key and by a number of its own", function()
    local keys, ids = {}, {}
    for _, element in ipairs((get "/elements")) do
      keys[element.key] = true
      assert.is_nil(ids[element.id])
      ids[element.id] = true
      assert.same(element.key, get("/elements/" .. tostring(element.id)).key)
    end
    for key in pairs(data) do assert.is_true(keys[key], key) end
    assert.equal(200, (select(2, get "/elements/FreshBooks%20Classic")))
  end)

  it("gives each element a list of configuration entries, each key once", function()
    for _, key in ipairs((get "/elements/keys")) do
      local entries, seen = get("/elements/" .. key:gsub(" ", "%%20") .. "/configuration"), {}
      assert.is_true(#entries > 0, key)
      for order, entry in ipairs(entries) do
        assert.is_nil(seen[entry.key])
        seen[entry.key] = true
        assert.equal(order, entry.displayOrder)
        assert.is_boolean(entry.required)
        assert.is_false(entry.companyConfig)
        assert.truthy(entry.type:find("^TEXT") or entry.type == "BOOLEAN" or entry.type == "PASSWORD", entry.type)
      end
    end
  end)

  it("says how an element authenticates", function()
    assert.same({ type = "oauth2" }, get("/elements/box").authentication)
    assert.same({ type = "oauth1" }, get("/elements/twitter").authentication)
    assert.same({ type = "basic" }, get("/elements/bigcommerce").authentication)
    assert.same({}, get("/elements/mailjet").authentication)
    assert.is_true(get("/elements/twitter").typeOauth)
    assert.is_false(get("/elements/mailjet").typeOauth)
  end)

  it("comes in pages that follow each other", function()
    local whole, count, cursor = get "/elements", 0, ""
    repeat
      local page, _, headers = get("/elements?pageSize=50" .. cursor)
      for _, element in ipairs(page) do
        count = count + 1
        assert.equal(whole[count].key, element.key)
      end
      cursor = headers["Elements-Next-Page-Token"]
      cursor = cursor and "&nextPage=" .. cursor:gsub("%+", "%%2B")
    until not cursor
    assert.equal(#whole, count)
  end)
end)

describe("the sandbox's metadata", function()
  it("is short, or expanded", function()
    local short = get "/elements/84/metadata"
    assert.equal("mailjet", short.key)
    assert.same({ supported = false, methods = {} }, short.events)
    assert.is_nil(short.hub)
    local long = get "/elements/84/metadata?expand=true"
    assert.equal("messaging", long.hub)
    assert.equal("messages", long.resources[1].canonicalName)
    assert.same({ "polling" }, get("/elements/22/metadata").events.methods)
    assert.equal(#(get "/elements"), #(get "/elements/metadata"))
    assert.equal(404, (select(2, get "/elements/99999/metadata")))
  end)

  it("describes an element's API, and has no transformations", function()
    local docs = get "/elements/mailjet/docs"
    assert.equal("2.0", docs.swagger)
    assert.equal("/elements/api-v2/hubs/messaging", docs.basePath)
    assert.is_table(docs.paths["/messages"].get)
    assert.same({}, (get "/elements/mailjet/transformations"))
    for _, path in ipairs { "docs", "transformations", "transformations/export", "trace/x" } do
      assert.equal(404, (select(2, get("/elements/nosuch/" .. path))))
    end
  end)

  it("has the trace of a creation that asked for one", function()
    local _, response = sandbox:call("POST", "/instances", api.mailjet { providerData = { debug = true } })
    local id = response.headers["Elements-Trace-Id"]
    assert.equal(id, get("/elements/mailjet/trace/" .. id).traceId)
    assert.equal(404, (select(2, get("/elements/box/trace/" .. id))))
    _, response = sandbox:call("POST", "/instances", api.mailjet())
    assert.equal(404, (select(2, get("/elements/mailjet/trace/" .. response.headers["Elements-Trace-Id"]))))
  end)
end)

describe("the sandbox's hubs", function()
  it("are listed, found and searched", function()
    local hubs, keys = get "/hubs", get "/hubs/keys"
    assert.equal(#hubs, #keys)
    assert.equal("messaging", hubs[1].key)
    assert.equal(1, hubs[1].id)
    assert.is_nil(hubs[1].resources)
    assert.equal("messages", get("/hubs?hydrate=true")[1].resources[1].name)
    assert.equal("documents", get("/hubs/documents").key)
    for _, element in ipairs((get "/hubs/documents/elements")) do assert.equal("documents", element.hub) end
    assert.equal(404, (select(2, get "/hubs/nosuch")))
    assert.equal(404, (select(2, get "/hubs/nosuch/elements")))
  end)

  it("hold every element once", function()
    local count = 0
    for _, key in ipairs((get "/hubs/keys")) do count = count + #get("/hubs/" .. key .. "/elements") end
    assert.equal(#(get "/elements"), count)
  end)
end)
