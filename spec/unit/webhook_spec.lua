-- Who sent a notification, and what it tells of.
local caller = require "spec.support.caller"
local core = require "celements.core"
local webhook = require "celements.webhook"

-- Where a Lua lacks luaossl, what needs it shows as pending.
local it_signs = pcall(require, "openssl.hmac") and it or pending

local MAILJET = '{"message":{"elementKey":"mailjet","eventId":"evt-0001","instanceId":70421,"events":[{"elementKey":'
  .. '"mailjet","eventType":"CREATED","objectType":"messages","objectId":"9001","date":"2018-05-01T10:00:00Z"}],'
  .. '"raw":{"objectType":"messages"}}}'

-- The first is the platform's own example; the others were computed with OpenSSL.
local VECTORS = {
  { "MySecretEventSignatureKey", "<INSERT_EVENT_NOTIFICATION_RESPONSE_BODY>",
    "sha256=jHdbRx5EZAsOfTwAPJOGkNUzQMVVdu5VJlxcsk+G6jQ=" },
  { "sandbox-signature-key-01", MAILJET, "sha256=V1E3Xc1tp0C7hJxfOV7rp19Jsd4fK8dB6bjGgArH4V8=" },
  { "k", "", "sha256=i7mQxAp9YcuXWXqUISUCW+UKyL63RDbjc1uYiTp/ZiA=" },
  { "clé-123", '{"s":"é✓"}', "sha256=Z4eoWrR45e/OuLk+IUF/GJIa4GNujVzmgARsktfHL+c=" },
  { "key", '{"a":1}', "sha256=iKZ/JLvNrtDmyZdAS7eadDuvRMa6svTCcyjjAJ0i40I=" },
  { "key", '{"a":1}\n', "sha256=9RGRnCJyCu0xIZs+ljMTLvb6tkySPd45HBQSnSbbSbU=" },
}

local KEY, BODY, HEADER = VECTORS[2][1], VECTORS[2][2], VECTORS[2][3]

local function refused(kind, ...)
  local genuine, err = webhook.verify(...)
  assert.is_nil(genuine)
  assert.equal(kind, err.kind)
  assert.is_string(err.hint)
  for _, secret in ipairs { KEY, HEADER:sub(8), "mailjet" } do assert.is_nil(caller.find(err, secret)) end
  return err
end

-- The text with the byte at a place changed, in the lowest bit.
local function changed(text, at)
  local byte = text:byte(at)
  return text:sub(1, at - 1) .. string.char(byte % 2 == 0 and byte + 1 or byte - 1) .. text:sub(at + 1)
end

describe("a signature", function()
  for number, vector in ipairs(VECTORS) do
    it_signs("is right for the bytes and the key that it was made of, number " .. number, function()
      assert.is_true(webhook.verify(vector[2], vector[3], vector[1]))
    end)
  end

  it_signs("is wrong for any other body, key or signature", function()
    for at = 1, #BODY do refused("unauthorized", changed(BODY, at), HEADER, KEY) end
    for at = 1, #KEY do refused("unauthorized", BODY, HEADER, changed(KEY, at)) end
    for at = 1, #HEADER do refused("unauthorized", BODY, changed(HEADER, at), KEY) end
    refused("unauthorized", BODY .. "\n", HEADER, KEY)
    refused("unauthorized", BODY .. "\0", HEADER, KEY)
  end)

  it_signs("has one spelling: bits that no encoder sets are not ignored", function()
    local last = HEADER:sub(-2, -2)
    assert.equal("8", last) -- 60, so 61 to 63 end in other bits of the two that are not used
    for other in ("9+/"):gmatch(".") do
      refused("unauthorized", BODY, HEADER:sub(1, -3) .. other .. "=", KEY)
    end
  end)

  it_signs("may be missing, which is as good as wrong", function()
    local err = refused("unauthorized", BODY, nil, KEY)
    assert.equal("the notification is not signed", err.message)
  end)

  it_signs("is refused when it is written in any other way", function()
    local digest = HEADER:match("^sha256=(.*)$")
    for _, header in ipairs {
      "", "sha256=", digest, " " .. HEADER, HEADER .. " ", HEADER .. "\n", HEADER .. "\0", "sha256= " .. digest,
      "SHA256=" .. digest, "Sha256=" .. digest, "sha256:" .. digest, "sha1=" .. digest, "sha512=" .. digest,
      "sha256=" .. digest:lower(), "sha256=" .. digest:sub(1, -2), HEADER .. "=", "sha256=" .. digest:sub(2),
      "sha256=AAAA" .. digest, "sha256=AAA=", "sha256=" .. ("-"):rep(43) .. "=", "sha256=" .. ("\233"):rep(43) .. "=",
      HEADER .. ", " .. HEADER, "sha256=" .. ("57"):rep(32),
    } do
      refused("unauthorized", BODY, header, KEY)
    end
  end)

  it_signs("may be made with any of several keys", function()
    for _, keys in ipairs { { KEY }, { KEY, "new" }, { "new", KEY }, { "a", KEY, "b" }, { KEY, KEY } } do
      assert.is_true(webhook.verify(BODY, HEADER, keys))
    end
    refused("unauthorized", BODY, HEADER, { "new", "older" })
  end)

  it_signs("is compared with what every key makes, also after the right one", function()
    local hmac, made = require "openssl.hmac", {}
    package.loaded["openssl.hmac"] = {
      new = function(key, digest)
        table.insert(made, key)
        return hmac.new(key, digest)
      end,
    }
    local genuine = webhook.verify(BODY, HEADER, { "a", KEY, "b" })
    package.loaded["openssl.hmac"] = hmac
    assert.is_true(genuine)
    assert.same({ "a", KEY, "b" }, made)
  end)
end)

describe("a replay", function()
  it_signs("is what was seen before", function()
    local asked = {}
    local function seen(id)
      table.insert(asked, id)
      return #asked > 1
    end
    assert.is_true(webhook.verify(BODY, HEADER, KEY, { id = "w-1", seen = seen }))
    refused("conflict", BODY, HEADER, KEY, { id = "w-1", seen = seen })
    assert.same({ "w-1", "w-1" }, asked)
  end)

  it_signs("is told by the event id in the body, unless another id is given", function()
    local asked
    assert.is_true(webhook.verify(BODY, HEADER, KEY, { seen = function(id) asked = id end }))
    assert.equal("evt-0001", asked)
  end)

  it_signs("cannot be told without an id, and is not taken for new", function()
    local function seen() error "not to be asked" end
    refused("response", '{"a":1}', VECTORS[5][3], "key", { seen = seen })
    refused("response", VECTORS[1][2], VECTORS[1][3], VECTORS[1][1], { seen = seen })
  end)

  it_signs("is no question before the signature was found right", function()
    local function seen() error "not to be asked" end
    refused("unauthorized", BODY, HEADER, "other", { id = "w-1", seen = seen })
    refused("unauthorized", BODY, nil, KEY, { id = "w-1", seen = seen })
    refused("unauthorized", BODY, "sha256=", KEY, { seen = seen })
  end)

  it_signs("can be looked up by a function that yields", function()
    local lookup = coroutine.wrap(function()
      local genuine = webhook.verify(BODY, HEADER, KEY, { seen = coroutine.yield })
      return genuine
    end)
    assert.equal("evt-0001", lookup())
    assert.is_true(lookup(false))
  end)
end)

describe("without luaossl a signature", function()
  local loaded, preload = package.loaded["openssl.hmac"], package.preload["openssl.hmac"]

  before_each(function()
    package.loaded["openssl.hmac"] = nil
    package.preload["openssl.hmac"] = function() error("module 'openssl.hmac' not found:\n\tno file", 0) end
  end)

  after_each(function()
    package.loaded["openssl.hmac"], package.preload["openssl.hmac"] = loaded, preload
  end)

  it("cannot be verified, and the error says what to install", function()
    local err = refused("unavailable", BODY, HEADER, KEY)
    assert.truthy(err.message:find("luaossl (", 1, true))
    assert.truthy(err.hint:find("luarocks install luaossl", 1, true))
    assert.truthy(err.hint:find("lua-luaossl", 1, true))
    refused("unavailable", BODY, nil, KEY)
  end)

  it("is not needed to read events", function()
    assert.equal(1, #assert(webhook.events(BODY)))
  end)
end)

describe("webhook.verify", function()
  local function blamed(...)
    local count, given = select("#", ...), { ... }
    return caller.blamed(function() webhook.verify((unpack or table.unpack)(given, 1, count)) end) -- luacheck: ignore
  end

  it("wants the body and the header as they came", function()
    assert.equal("celements.webhook.verify: body must be a string, not a table", blamed({}, HEADER, KEY))
    assert.equal("celements.webhook.verify: header must be a string, not a table", blamed(BODY, {}, KEY))
  end)

  it("wants a key, and none that is empty", function()
    for _, keys in ipairs { "", {}, { "" }, { KEY, "" }, { KEY, 1 }, { [2] = KEY }, { current = KEY }, 5, true } do
      assert.equal("celements.webhook.verify: keys must be a string or a list of at least one string, "
        .. "none of them empty", blamed(BODY, HEADER, keys))
    end
    assert.truthy(blamed(BODY, HEADER, nil):find("keys must be", 1, true))
  end)

  it("refuses options that it does not know", function()
    assert.equal("celements.webhook.verify: unknown option 'sean' (did you mean 'seen'?)",
      blamed(BODY, HEADER, KEY, { sean = print }))
    assert.equal("celements.webhook.verify: option 'seen' must be a function, not a table",
      blamed(BODY, HEADER, KEY, { seen = {} }))
    assert.equal("celements.webhook.verify: option 'id' is of no use without option 'seen'",
      blamed(BODY, HEADER, KEY, { id = "w-1" }))
  end)
end)

describe("webhook.events", function()
  local function refusal(body)
    local events, err = webhook.events(body)
    assert.is_nil(events)
    assert.equal("response", err.kind)
    assert.is_nil(err.hint:find("base_url", 1, true))
    return err
  end

  it("reads events in a message", function()
    local events, notification = webhook.events(BODY)
    assert.same({
      {
        object_id = "9001", object_type = "messages", event_type = "CREATED", event_id = "evt-0001",
        element_key = "mailjet", instance_id = "70421", date = "2018-05-01T10:00:00Z",
        raw = core.decode(BODY).message.events[1],
      },
    }, events)
    assert.same(core.decode(BODY), notification)
  end)

  it("reads events in a response", function()
    local events = webhook.events('{"eventId":17,"instanceId":70421,"notificationId":3,"response":{"events":'
      .. '[{"path":"/a.txt","metadata":{"size":1}},{"path":"/b.txt","objectId":5,"eventType":"DELETED"}]}}')
    assert.same({
      { event_id = "17", instance_id = "70421", raw = { path = "/a.txt", metadata = { size = 1 } } },
      {
        event_id = "17", instance_id = "70421", object_id = "5", event_type = "DELETED",
        raw = { path = "/b.txt", objectId = 5, eventType = "DELETED" },
      },
    }, events)
  end)

  it("takes from around an event what the event does not say", function()
    local events = webhook.events('{"message":{"eventId":1,"elementKey":"sfdc","instanceId":"2","raw":{"objectType":'
      .. '"Lead","objectId":"x"},"events":[{"eventType":"UPDATED"},{"objectType":"Contact","elementKey":"other"}]}}')
    assert.equal("Lead", events[1].object_type)
    assert.equal("sfdc", events[1].element_key)
    assert.equal("2", events[1].instance_id)
    assert.is_nil(events[1].object_id) -- of one event, if of any
    assert.equal("Contact", events[2].object_type)
    assert.equal("other", events[2].element_key)
  end)

  it("gives ids as text with all of their digits", function()
    for _, digits in ipairs { "1", "9007199254740993", "9223372036854775807", "123456789012345678901234567890" } do
      local id = webhook.events(('{"message":{"eventId":%s,"events":[{"objectId":"%s"},{"objectId":%s}]}}')
        :format(digits, digits, digits))
      for index = 1, 2 do
        assert.equal(digits, id[index].event_id)
        assert.equal(digits, id[index].object_id)
      end
    end
  end)

  it("leaves out what is null or no text", function()
    local events = webhook.events('{"message":{"eventId":null,"raw":"x",'
      .. '"events":[{"objectId":{},"date":null},null,[]]}}')
    assert.equal(3, #events)
    for _, event in ipairs(events) do
      assert.is_not_nil(event.raw)
      event.raw = nil
      assert.is_nil(next(event))
    end
  end)

  it("may find none", function()
    assert.same({}, (webhook.events '{"message":{"events":[]}}'))
    assert.same({}, (webhook.events '{"response":{"events":[]}}'))
  end)

  it("refuses what is not JSON, without repeating it", function()
    for _, body in ipairs {
      "", "s3cr3t", '{"a":"s3cr3t"', "eventId=s3cr3t&x=1", "\0", "7", '"s3cr3t"', "null", "false",
    } do
      local err = refusal(body)
      assert.truthy(err.message:find("the notification is not JSON", 1, true))
      assert.is_nil(caller.find(err, "s3cr3t"))
    end
  end)

  it("refuses JSON without events where any shape has them", function()
    for _, body in ipairs {
      "{}", "[]", '[{"events":[]}]', '{"events":[]}', '{"message":"x"}', '{"message":{}}', '{"message":null}',
      '{"message":{"events":{}}}', '{"message":{"events":"x"}}', '{"response":{}}', '{"response":{"events":null}}',
      '{"eventId":1,"eventStatus":"dispatched"}',
    } do
      assert.equal("the notification has no events", refusal(body).message)
    end
  end)

  it("wants a string", function()
    assert.equal("celements.webhook.events: body must be a string, not nil",
      caller.blamed(function() webhook.events(nil) end)) -- luacheck: ignore
  end)
end)

describe("celements.webhook", function()
  it("is read when it is first asked for", function()
    package.loaded["celements"], package.loaded["celements.webhook"] = nil, nil
    package.loaded["openssl.hmac"] = nil
    local celements = require "celements"
    assert.is_nil(celements.webhooks)
    assert.is_nil(package.loaded["celements.webhook"])
    local found = celements.webhook
    assert.equal(package.loaded["celements.webhook"], found)
    assert.equal(found, rawget(celements, "webhook"))
    assert.is_nil(package.loaded["openssl.hmac"])
  end)
end)
