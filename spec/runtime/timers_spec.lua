-- The heap of what is due, against a list that is searched from end to end.
local timers = require "celements.runtime.timers"

-- The same numbers on every Lua and at every run.
local function generator(seed)
  return function(limit)
    seed = seed * 16807 % 2147483647
    return seed % limit + 1
  end
end

local Model = {}
Model.__index = Model

function Model:add(timer)
  table.insert(self, timer)
end

function Model:remove(timer)
  for index, each in ipairs(self) do
    if each == timer then return table.remove(self, index) end
  end
end

function Model:next_due()
  local least
  for _, each in ipairs(self) do least = least and math.min(least, each.due) or each.due end
  return least
end

-- Which of those that are due at the same time comes first is nobody's promise.
function Model:take(what)
  for index, each in ipairs(self) do
    if each.what == what then return table.remove(self, index) end
  end
end

local function check(heap, model)
  assert.equal(#model, heap.count)
  assert.equal(model:next_due(), heap:next_due())
end

local function pop_one(heap, model, now)
  local due = model:next_due()
  local what = heap:pop(now)
  if due == nil or due > now then return assert.is_nil(what) end
  assert.equal(due, assert(model:take(what), "what was popped is not there").due)
  return what
end

describe("timers", function()
  it("that are none are never due", function()
    local heap = timers.new()
    assert.is_nil(heap:next_due())
    assert.is_nil(heap:pop(math.huge))
    assert.equal(0, heap.count)
  end)

  it("are due at their time, not before it", function()
    local heap = timers.new()
    heap:add(5, "five")
    assert.is_nil(heap:pop(4.999))
    assert.equal("five", heap:pop(5))
    assert.is_nil(heap:pop(5))
  end)

  it("come in the order in which they are due, infinity last", function()
    local heap = timers.new()
    for _, due in ipairs { 3, math.huge, -1, 2.5, 0, 1e300, 2 } do heap:add(due, due) end
    local seen = {}
    for _ = 1, 7 do table.insert(seen, heap:pop(math.huge)) end
    assert.same({ -1, 0, 2, 2.5, 3, 1e300, math.huge }, seen)
  end)

  it("that are due at the same time all come, whatever they stand for", function()
    local heap, seen = timers.new(), {}
    for index = 1, 100 do heap:add(7, index) end
    for _ = 1, 100 do seen[heap:pop(7)] = true end
    assert.equal(100, #seen)
    assert.equal(0, heap.count)
  end)

  it("can be removed once, twice, and after they were popped", function()
    local heap = timers.new()
    local first, second, third = heap:add(1, "a"), heap:add(2, "b"), heap:add(3, "c")
    heap:remove(second)
    heap:remove(second)
    assert.equal("a", heap:pop(9))
    heap:remove(first)
    assert.equal(1, heap.count)
    assert.equal("c", heap:pop(9))
    heap:remove(third)
    assert.equal(0, heap.count)
    heap:add(4, "d")
    heap:remove(first)
    assert.equal("d", heap:pop(9))
  end)

  it("keep nothing of what is gone", function()
    local heap, held = timers.new(), setmetatable({}, { __mode = "k" })
    local gone = {}
    for index = 1, 50 do
      local what = {}
      held[what] = true
      gone[index] = heap:add(index % 7, what)
    end
    for index = 1, 50, 2 do heap:remove(gone[index]) end
    while heap:pop(math.huge) do end -- luacheck: ignore 542
    gone = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
  end)

  for seed = 1, 20 do
    it("behave like a list in a random order of things, number " .. seed, function()
      local random = generator(seed)
      local heap, model, known = timers.new(), setmetatable({}, Model), {}
      for step = 1, 600 do
        local action = random(10)
        if action <= 5 then
          local timer = heap:add(random(seed % 2 == 0 and 8 or 1000), step)
          model:add(timer)
          table.insert(known, timer)
        elseif action <= 7 and known[1] then
          local timer = known[random(#known)]
          heap:remove(timer)
          model:remove(timer)
        else
          pop_one(heap, model, random(1000))
        end
        check(heap, model)
      end
      local last = -1
      while heap.count > 0 do
        local due = heap:next_due()
        assert.is_true(due >= last)
        last = due
        pop_one(heap, model, math.huge)
        check(heap, model)
      end
      for _, timer in ipairs(known) do heap:remove(timer) end
      assert.equal(0, heap.count)
    end)
  end
end)
