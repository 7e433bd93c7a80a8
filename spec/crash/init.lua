-- The crash test: processes that provision are killed with SIGKILL at random instants, while the sandbox delays,
-- refuses, drops answers after doing the work and lists late. At the end each key must have one instance, whose token
-- is in the store and is the one the application was given.
--
--     make crash                        1,000 kills, each process with an SQLite file of its own
--     make crash SHARED=8               8 processes share one SQLite file
--     make crash SHARED=8 REDIS=1       8 processes share a Redis, which is killed and restarted, too (not on Lua 5.4,
--                                       for which Debian has no redis-lua)
--     make crash SEALED=1               the store is sealed: no token may stand in a file
--     make crash SHARED=4 PAUSED=1      processes are also stopped for a while, lose their locks, and wake late
--     make crash BROKEN=no_tag          a broken build (also unchecked, no_intent): must fail
local celements = require "celements"
local core = require "celements.core"
local process = require "spec.crash.process"
local record = require "celements.ensure.record"
local sandbox = require "celements.sandbox"

local KILLS = tonumber(os.getenv("KILLS") or "") or 1000
local SHARED = tonumber(os.getenv("SHARED") or "")
local REDIS = (os.getenv("REDIS") or "") ~= ""
local SEAL = (os.getenv("SEALED") or "") ~= "" and ("5a"):rep(32) or nil
local PAUSED = (os.getenv("PAUSED") or "") ~= ""
local BROKEN = os.getenv("BROKEN")
if BROKEN == "" then BROKEN = nil end
local LANES = SHARED and 1 or math.min(16, math.ceil(KILLS / 10))
local KEYS = SHARED and 200 or 20
-- How long a creation of unknown fate may take to show up: the sandbox's delays and then some, for a busy machine.
local SETTLE = 4
local LONGEST = 3 -- seconds that a process lives

local seed = tonumber(os.getenv("SEED") or "") or os.time()
math.randomseed(seed)

local function faults(server)
  local always = 1000000000
  for _, fault in ipairs {
    { name = "close_before", chance = 0.04, match = { method = "POST" } },
    { name = "close_after", chance = 0.06, match = { method = "POST" } },
    { name = "status", status = 504, work = true, chance = 0.05, match = { method = "POST" } },
    { name = "status", status = 503, chance = 0.05, match = { method = "POST" } },
    { name = "truncated", chance = 0.05, match = { method = "POST" } },
    { name = "reset", work = true, chance = 0.05, match = { method = "POST" } },
    { name = "delay", seconds = 1.2, when = "before", chance = 0.15, match = { method = "POST" } },
    { name = "delay", seconds = 0.3, when = "after", chance = 0.15, match = { method = "POST" } },
    { name = "delay", seconds = 3, when = "after", chance = 0.02, match = { method = "POST" } },
    { name = "status", status = 500, chance = 0.03, match = { method = "GET" } },
    { name = "close_before", chance = 0.03, match = { method = "GET" } },
    { name = "delay", seconds = 0.2, chance = 0.1, match = { method = "GET" } },
  } do
    fault.times = always
    assert(server:fault(fault))
  end
end

local folder = assert(io.popen("mktemp -d /tmp/celements-crash-XXXXXX")):read("*l")

local function interpreter()
  local index = 0
  while arg[index - 1] do index = index - 1 end
  return arg[index]
end

local function literal(value)
  if type(value) ~= "table" then return type(value) == "string" and ("%q"):format(value) or tostring(value) end
  local parts = {}
  for name, field in pairs(value) do table.insert(parts, ("[%s]=%s"):format(literal(name), literal(field))) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local runs = 0

local function start(server, lane)
  runs = runs + 1
  local settings = {
    base_url = server.base_url, user_secret = server.user_secret, organization_secret = server.organization_secret,
    sqlite = not REDIS and lane.file or nil, redis = lane.port, keys = lane.keys, settle = SETTLE, lease = 1,
    timeout = 30, call_timeout = 2, concurrency = 8, recovers = math.random() < 0.5, broken = BROKEN,
    seal = SEAL,
  }
  return process.start(("%s %s %s"):format(process.quote(interpreter()), process.quote("spec/crash/worker.lua"),
    process.quote(literal(settings))), ("%s/output-%d"):format(folder, runs))
end

local killed, given = 0, {}

-- What the application was told, and whether it was told all.
local function hear(one)
  local text = one:text()
  for key, token in text:gmatch("([^\n]-) (%S+)\n") do
    given[key] = given[key] or {}
    given[key][token] = true
  end
  local is_complete = text:find("complete\n", 1, true) ~= nil
  if not is_complete and not one.killed then error("a process failed:\n" .. text:sub(-2000), 0) end
  os.remove(one.output)
  return is_complete
end

-- Stops a process for longer than its lease, and perhaps for longer than anybody waits for what it may have sent.
local function pause(one)
  one:signal "STOP"
  celements.sleep(math.random() * 2 * SETTLE)
  one:signal "CONT"
end

-- Lets a process run for a while, then kills it. Returns whether it had finished all, and whether it was killed.
local function live(server, lane, limit)
  local one = start(server, lane)
  local function run_for(seconds)
    local due = core.now() + seconds
    while one:is_alive() and core.now() < due do celements.sleep(0.02) end
  end
  local before = PAUSED and math.random() * limit or 0
  run_for(before)
  if PAUSED and one:is_alive() then pause(one) end
  run_for(limit - before)
  if one:is_alive() then
    one:kill()
    one.killed = true
    killed = killed + 1
    while one:is_alive() do celements.sleep(0.01) end
  end
  return hear(one), one.killed
end

local all_keys = {}

local function new_round(lane)
  lane.round = (lane.round or 0) + 1
  lane.keys = {}
  for number = 1, KEYS do
    lane.keys[number] = ("lane %d round %d key %d"):format(lane.number, lane.round, number)
    table.insert(all_keys, lane.keys[number])
  end
end

local function work(server, lane)
  local share, own = KILLS / LANES / (SHARED or 1), 0
  while own < share do
    local keys = lane.keys
    local is_complete, was_killed = live(server, lane, math.random() * LONGEST)
    if is_complete and lane.keys == keys then new_round(lane) end
    if was_killed then own = own + 1 end
  end
  while not live(server, lane, 120) do celements.sleep(0.01) end
  return true
end

local redis, redis_killed = nil, 0

local function start_redis(port)
  redis = process.start(("redis-server --port %d --bind 127.0.0.1 --dir %s --appendonly yes --appendfsync always")
    :format(port, folder), folder .. "/redis")
  for _ = 1, 500 do
    if redis:text():find("Ready to accept connections", 1, true) then return end
    celements.sleep(0.02)
  end
  error("redis-server did not start:\n" .. redis:text(), 0)
end

local function free_port()
  return assert(require("celements.sandbox.ports").choose({}, { "redis" })).redis
end

local is_over = false

local function torment_redis(port)
  while not is_over do
    celements.sleep(3 + 4 * math.random())
    if is_over then break end
    redis:kill()
    redis_killed = redis_killed + 1
    while redis:is_alive() do celements.sleep(0.01) end
    celements.sleep(0.3)
    start_redis(port)
  end
  return true
end

local function count(server, lanes)
  local by_tag, lost, duplicated, missing, wrong = {}, 0, 0, 0, 0
  for _, instance in ipairs(assert(server:instances())) do
    local found
    for _, tag in ipairs(instance.tags) do found = tag:find("^celements%-%x+$") and tag or found end
    local name = found or "untagged " .. instance.name
    by_tag[name] = by_tag[name] or {}
    table.insert(by_tag[name], instance)
  end
  local kept = {}
  for _, lane in ipairs(lanes) do
    local store = assert(REDIS and celements.store.redis { port = lane.port } or celements.store.sqlite(lane.file))
    if SEAL then store = assert(celements.store.seal(store, { key = SEAL })) end
    for _, text in store:each(record.PREFIX) do
      local known = assert(record.read(text))
      kept[known.tag] = known.instance and known.instance.token
    end
    store:close()
  end
  local expected = {}
  for _, key in ipairs(all_keys) do
    local tag = assert(record.tag(key))
    expected[tag] = true
    local made = by_tag[tag] or {}
    if #made == 0 then missing = missing + 1 end
    if #made > 1 then duplicated = duplicated + #made - 1 end
    for _, instance in ipairs(made) do
      if kept[tag] ~= instance.token and #made == 1 then lost = lost + 1 end
    end
    for token in pairs(given[key] or { [""] = true }) do
      if token ~= kept[tag] then wrong = wrong + 1 end
    end
  end
  for tag, made in pairs(by_tag) do
    if not expected[tag] then lost = lost + #made end
  end
  return { keys = #all_keys, lost = lost, duplicated = duplicated, missing = missing, wrong = wrong }
end

-- Tokens that stand in a file of the stores.
local function bare(server)
  local found = 0
  local pipe = assert(io.popen("cat " .. process.quote(folder) .. "/*.db* " .. process.quote(folder)
    .. "/appendonlydir/* 2>/dev/null"))
  local text = pipe:read("*a")
  pipe:close()
  for _, instance in ipairs(assert(server:instances())) do
    if text:find(instance.token, 1, true) then found = found + 1 end
  end
  return found
end

local function main()
  local server = assert(sandbox.start { switches = { list_delay = 0.5 } })
  local lanes, workers, port = {}, {}, nil
  if REDIS then
    port = free_port()
    start_redis(port)
  end
  for number = 1, LANES do
    lanes[number] = { number = number, file = ("%s/%d.db"):format(folder, number), port = port }
    new_round(lanes[number])
  end
  faults(server)
  local began = core.now()
  for _, lane in ipairs(lanes) do
    for _ = 1, SHARED or 1 do
      table.insert(workers, celements.spawn(function() return work(server, lane) end))
    end
  end
  local tormentor = REDIS and celements.spawn(function() return torment_redis(port) end)
  local _, failures = celements.wait_all(workers)
  is_over = true
  if tormentor then tormentor:wait() end
  for _, err in pairs(failures) do error(err, 0) end
  assert(server:clear_faults())
  local sum = count(server, lanes)
  print(("%d processes killed in %.0f s (seed %d)%s, %d keys:"):format(killed, core.now() - began, seed,
    REDIS and (", Redis %d times"):format(redis_killed) or "", sum.keys))
  print(("%d tokens lost, %d instances duplicated, %d missing, %d wrong"):format(sum.lost, sum.duplicated,
    sum.missing, sum.wrong))
  local in_clear = SEAL and bare(server) or 0
  if SEAL then print(("%d tokens in clear"):format(in_clear)) end
  server:stop()
  return sum.lost + sum.duplicated + sum.missing + sum.wrong + in_clear == 0
end

local ok, result = pcall(main)
if redis then redis:kill() end
os.execute("rm -rf " .. process.quote(folder))
if not ok then io.stderr:write(tostring(result), "\n") end
os.exit(ok and result, true)
