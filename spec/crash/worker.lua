-- Provisions a list of keys by `ensure_many` until all of them are there, and may be killed at any instant. Run by
-- spec/crash/init.lua with a table of settings as its argument, in Lua.
local celements = require "celements"
local errors = require "celements.errors"

local settings = assert((loadstring or load)("return " .. arg[1]))()

-- Ways to do it wrong, to show that the test sees them.
local BREAK = {}

-- The tag by which an instance could be found again is left out.
function BREAK.no_tag(client)
  local create = client.instances.create
  function client.instances:create(body, options)
    for index = #body.tags, 1, -1 do
      if body.tags[index]:find("^celements%-") then table.remove(body.tags, index) end
    end
    return create(self, body, options)
  end
end

-- What comes is kept before it was looked at.
function BREAK.unchecked(client)
  local create = client.instances.create
  function client.instances:create(body, options)
    local instance, info = create(self, body, options)
    if not instance and info.maybe_sent then return info.instance or { id = 0, token = "none" }, { attempts = 1 } end
    return instance, info
  end
end

-- The intent is not kept, so nobody waits for what is under way.
function BREAK.no_intent(_, store)
  local put = store.put
  function store:put(name, value, lock)
    if value:find('"instance"', 1, true) then return put(self, name, value, lock) end
    return true
  end
end

local function open()
  if settings.redis then return celements.store.redis { port = settings.redis } end
  return celements.store.sqlite(settings.sqlite)
end

local function request_of(key)
  return {
    element = { key = "mailjet" }, name = key, tags = { "crash" },
    configuration = { ["mailjet.api.key"] = "key of " .. key, ["mailjet.api.secret"] = "secret of " .. key },
  }
end

local function items(keys)
  local at = 0
  return function()
    at = at + 1
    return keys[at] and { key = keys[at], request = request_of(keys[at]) }
  end
end

-- What a user would retry later.
local PASSING = {
  timeout = true, network = true, server = true, rate_limited = true, unavailable = true, response = true,
}

local function pass(client, store, keys)
  local rest, limits = {}, { store = store }
  for _, name in ipairs { "settle", "lease", "timeout", "concurrency" } do limits[name] = settings[name] end
  for _, instance, err, item in client.instances:ensure_many(items(keys), limits) do
    if instance then
      io.write(("%s %s\n"):format(item.key, instance.token))
      io.flush()
    elseif not err.matches then -- several: there is nothing to be done but to count them
      local is_locked = err.kind == "conflict" and not err.changed
      if not is_locked and not PASSING[err.kind] then error(item.key .. ": " .. tostring(err), 0) end
      table.insert(rest, item.key)
    end
  end
  return rest
end

local client = celements.new {
  base_url = settings.base_url, user_secret = settings.user_secret,
  organization_secret = settings.organization_secret, timeout = settings.call_timeout,
}
local store
repeat
  local why
  store, why = open()
  if not store then
    assert(errors.is(why) and why.kind == "unavailable", tostring(why))
    celements.sleep(0.1)
  end
until store
if settings.broken then BREAK[settings.broken](client, store) end
if settings.recovers then client:recover(store, { settle = settings.settle, lease = settings.lease }) end
local keys = settings.keys
while keys[1] do
  keys = pass(client, store, keys)
  if keys[1] then celements.sleep(0.05) end
end
print("complete")
