--- A heap of things due, the earliest on top.

---@class celements.Timers
local Timers = {}
Timers.__index = Timers

local timers = {}

---@return celements.Timers
function timers.new()
  return setmetatable({ count = 0 }, Timers)
end

local function place(self, at, timer)
  self[at] = timer
  timer.at = at
end

local function rise(self, timer)
  local at = timer.at
  while at > 1 do
    local above = math.floor(at / 2)
    if self[above].due <= timer.due then break end
    place(self, at, self[above])
    at = above
  end
  place(self, at, timer)
end

local function sink(self, timer)
  local at, count = timer.at, self.count
  while 2 * at <= count do
    local below = 2 * at
    if below < count and self[below + 1].due < self[below].due then below = below + 1 end
    if self[below].due >= timer.due then break end
    place(self, at, self[below])
    at = below
  end
  place(self, at, timer)
end

--- Adds what is due at a time, in seconds.
---@param due number
---@param what any
---@return table timer to remove it by
function Timers:add(due, what)
  local timer = { due = due, what = what }
  self.count = self.count + 1
  place(self, self.count, timer)
  rise(self, timer)
  return timer
end

--- Removes a timer; one that is gone already is left alone.
---@param timer table
function Timers:remove(timer)
  local at = timer.at
  if not at then return end
  local last = self[self.count]
  self[self.count] = nil
  self.count = self.count - 1
  timer.at = nil
  if last ~= timer then
    place(self, at, last)
    rise(self, last)
    sink(self, last)
  end
end

--- The time of the earliest one, nil when there is none.
---@return number? due
function Timers:next_due()
  return self[1] and self[1].due
end

--- Removes the earliest one that is due.
---@param now number
---@return any? what nil when nothing is due
function Timers:pop(now)
  local first = self[1]
  if not first or first.due > now then return nil end
  self:remove(first)
  return first.what
end

return timers
