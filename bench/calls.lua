--- `make bench`: what a call costs with celements, against the floor (libcurl in plain C, with lua-cjson encoding the
-- same request and decoding the same answer) and against other clients. All of it in one run, in turns: only the ratios
-- mean something on a machine that does other things, too.
--
-- usage: make bench [ROUNDS=12] [CALLS=500] [LUA_V=5.4] [ONLY=pattern]
--   the speed of a shared machine changes from one second to the next: many short rounds tell more than few long ones
--   ONLY is a Lua pattern for names like "https HTTP/2, 32 in flight: celements"
local command = require "bench.command"
local origin = require "bench.origin"
local setting = require "bench.setting"
local spread = require "bench.spread"
local workers = require "bench.workers"

local calls, rounds = setting.number("CALLS", 500), setting.number("ROUNDS", 12)
local only = setting.text("ONLY", "")
local IN_FLIGHT = { 1, 32, 256 }

local function all_kinds(server)
  local list = {}
  for _, each in ipairs {
    { "http", server.http, "", "1" },
    { "https HTTP/1.1", server.https, server.ca_file, "1" },
    { "https HTTP/2", server.https, server.ca_file, "2" },
  } do
    for _, in_flight in ipairs(IN_FLIGHT) do
      list[#list + 1] = {
        name = ("%s, %s"):format(each[1], in_flight == 1 and "one at a time" or in_flight .. " in flight"),
        url = each[2] .. "/static", ca_file = each[3], http = each[4], in_flight = in_flight,
      }
    end
  end
  return list
end

-- A row is what one worker did in one kind of call, by round; or the reason why it did nothing.
local function new_row(worker, kind)
  local row = { worker = worker, kind = kind, cpu = {}, wall = {}, peak = {} }
  if not worker.takes(kind) then
    row.reason = "-"
  elseif not worker.line(kind, calls) then
    row.reason = "not here"
  end
  return row
end

-- Only those that are asked for, but the floor with them, as all are compared to it.
local function rows_of(kind, everyone)
  local rows, wanted = {}, false
  for _, worker in ipairs(everyone) do
    local is_floor = worker.role == "floor"
    local asked = (kind.name .. ": " .. worker.name):find(only) ~= nil
    if is_floor and worker.takes(kind) or asked and not is_floor then rows[#rows + 1] = new_row(worker, kind) end
    wanted = wanted or asked
  end
  return wanted and rows or {}
end

local function measure(row, round)
  if row.reason then return end
  local share = math.max(100, math.floor(calls * row.worker.effort))
  local numbers, reason = command.run(row.worker.line(row.kind, share))
  if not numbers then
    row.reason = reason
    return
  end
  row.cpu[round], row.wall[round], row.peak[round] = numbers[1], numbers[2], numbers[3]
end

-- There are several ways to do without celements' layers; the floor is the cheapest.
local function find_roles(rows)
  for _, row in ipairs(rows) do
    local role, cost = row.worker.role, spread.of(row.cpu)
    if role and cost and (not rows[role] or cost < spread.of(rows[role].cpu)) then rows[role] = row end
  end
end

local LINE = "  %-44s %-22s %8s   %-22s %8s"

local function one(values, unit)
  return ("%.1f"):format(spread.of(values) / unit)
end

local function print_row(row, rows)
  if row.reason then return print(("  %-44s %s"):format(row.worker.name, row.reason:sub(1, 76))) end
  local speed = rows.ours and spread.text(spread.ratios(rows.ours.wall, row.wall)) or "-"
  local name = row == rows.floor and row.worker.name .. " *" or row.worker.name
  print(LINE:format(name, spread.text(spread.ratios(row.cpu, rows.floor.cpu)), one(row.cpu, 1), speed,
    one(row.peak, 1024)))
end

local function print_kind(kind, rows)
  print()
  print((LINE:format(kind.name, "CPU per call / floor's", "us", "calls/s / celements'", "peak MiB"):gsub("^  ", "")))
  for _, row in ipairs(rows) do print_row(row, rows) end
end

-- Which of the two a client should choose over TLS.
local function print_versions(results)
  print()
  print((LINE:format("https: HTTP/2 over HTTP/1.1", "CPU per call", "", "calls/s", ""):gsub("^  ", "")))
  for _, role in ipairs { "floor", "ours" } do
    for at = #IN_FLIGHT + 1, 2 * #IN_FLIGHT do
      local first, second = results[at][role], results[at + #IN_FLIGHT][role]
      if first and second then
        print(LINE:format(("%s, %d in flight"):format(role == "ours" and "celements" or "floor", first.kind.in_flight),
          spread.text(spread.ratios(second.cpu, first.cpu)), "",
          spread.text(spread.ratios(first.wall, second.wall)), ""))
      end
    end
  end
end

origin.with(function(server)
  local everyone = workers.all { floor = arg[1], measure = arg[2], lua = arg[3], luajit = arg[4] }
  local kinds = all_kinds(server)
  local results = {}
  for at, kind in ipairs(kinds) do results[at] = rows_of(kind, everyone) end
  for round = 1, rounds do
    for _, rows in ipairs(results) do
      for _, row in ipairs(rows) do measure(row, round) end
    end
  end
  for _, rows in ipairs(results) do find_roles(rows) end
  print(("%d rounds of %d calls, celements on %s: medians (quartiles); * is the floor"):format(rounds, calls, arg[3]))
  for at, rows in ipairs(results) do
    if rows[1] then print_kind(kinds[at], rows) end
  end
  print_versions(results)
end)
