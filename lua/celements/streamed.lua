--- A streamed body on its way: what Lua does for it while its call goes on.

local reactor = require "celements.runtime.reactor"

--- What `request.perform` is given for a call with a streamed body.
---@class celements.Streamed
---@field core userdata the core's stream
---@field source (fun(): string?, any)? gives what is sent
---@field sink (fun(piece: string): any, any)? takes what comes
---@field on_progress (fun(done: integer, total: integer?): any)?
---@field over boolean? nothing is to be done for it any more
---@field stopped boolean? a function ended the call
---@field reason any why, if it said so
---@field raised table? `{ error }` that a function raised
local Streamed = {}
Streamed.__index = Streamed

local streamed = {}

-- Whether what a function returned ends the call.
local function ends(value, reason)
  return value == false or value == nil and reason ~= nil
end

-- Calls a function of the user's. An error must not leave the call behind, which would wait for its deadline.
local function ask(self, ask_for, ...)
  local ok, value, reason = pcall(ask_for, ...)
  if ok and not ends(value, reason) then return value end
  if not ok then self.raised = { value } end
  self.over, self.stopped, self.reason = true, true, reason
end

-- Gives the next piece of what is sent, or nil.
local function next_piece(self)
  return ask(self, function()
    local piece, reason = self.source()
    if piece and type(piece) ~= "string" then
      error(("the source of an upload must return strings, not a %s"):format(type(piece)), 0)
    end
    return piece, reason
  end)
end

-- Whether nobody wants any more of it: a function that waits may outlast its call, or its task be cancelled meanwhile.
local function is_futile(call, task)
  return call:done() or task and task.cancelled
end

-- Fills the source until it is full, or ended.
local function feed(self, call, task)
  local core = self.core
  while not self.ended and not is_futile(call, task) do
    if not self.chunk then
      self.chunk, self.from = next_piece(self), 1
      if self.over then return end
      self.ended = self.chunk == nil
    end
    if self.ended then
      core:finish()
    else
      self.from = core:push(self.chunk, self.from)
      if self.from <= #self.chunk then return end
      self.chunk = nil
    end
    call:resume()
  end
end

-- Empties the sink. The call, if it is not done, goes on while a function is busy with what came.
local function drain(self, call, task)
  local piece = self.core:pull()
  while piece do
    if call then call:resume() end
    ask(self, self.sink, piece)
    if self.over or call and is_futile(call, task) then return end
    piece = self.core:pull()
  end
end

local function tell(self)
  if self.over or not self.on_progress then return end
  local done, total = self.core:moved()
  if done == (self.done or 0) then return end
  self.done = done
  ask(self, self.on_progress, done, total)
end

local function serve(self, call, task)
  if self.source then
    feed(self, call, task)
  elseif self.sink then
    drain(self, call, task)
  end
  tell(self)
end

local function cancel(own, call, waiter)
  if not waiter then return call:cancel() end
  waiter.call, waiter.reactor = call, own
  reactor.cancel(waiter)
  waiter.call, waiter.reactor = nil, nil
end

--- Sees to the stream, and waits, until the call is done. For `request.perform`.
---@param own celements.Reactor
---@param await fun(reactor: celements.Reactor, call: userdata, waiter: any): string?
---@param call userdata
---@param waiter celements.Waiter?
---@return string? reason why the call cannot be waited for
function Streamed:carry(own, await, call, waiter)
  if waiter then waiter.kept = true end
  while not call:done() do
    local task = waiter and waiter.task
    if not self.over then
      serve(self, call, task)
      self.over = self.over or task and task.cancelled
      if self.over then cancel(own, call, waiter) end
    end
    if not call:resume() and not call:done() then
      local reason = await(own, call, waiter)
      if reason then return reason end
    end
  end
  if waiter then reactor.tell(own) end
end

--- Hands over what is left when the call has succeeded. False when a function ended it even then.
---@return boolean ok
function Streamed:complete()
  if self.sink then drain(self) end
  tell(self)
  return not self.over
end

--- Frees what it holds; a file that is not complete goes.
function Streamed:close()
  self.core:close()
end

---@param fields { core: userdata, source: function?, sink: function?, on_progress: function? }
---@return celements.Streamed
function streamed.new(fields)
  if fields.on_progress then fields.core:watch() end
  return setmetatable(fields, Streamed)
end

return streamed
