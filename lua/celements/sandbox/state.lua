--- What the sandbox remembers: instances, their tokens and messages, calls, notifications and files.
local calendar = require "celements.sandbox.calendar"
local grants = require "celements.sandbox.grants"
local random = require "celements.sandbox.random"
local switches = require "celements.sandbox.switches"

local state = {}
state.__index = state

local FIRST_ID = 1234

-- How many hub calls are kept in mind.
local CALLS = 10000

---@class celements.sandbox.Instance
---@field id string decimal digits
---@field sequence integer grows with each creation
---@field token string
---@field name string
---@field element celements.sandbox.Element
---@field configuration table<string, any> strings or null
---@field tags string[]
---@field created string ISO 8601
---@field listed number when it begins to show up in listings, on the state's clock
---@field disabled boolean
---@field in_use boolean a deletion is refused with 409
---@field valid boolean
---@field polling_disabled boolean the poller was shut off
---@field external string
---@field messages table[]
---@field definitions table<string, table> by object
---@field transformations table<string, table> by object
---@field queues boolean? notifications are not sent any more, because too many were not taken

---@class celements.sandbox.State
---@field instances celements.sandbox.Instance[] by ascending sequence
---@field files table<string, celements.sandbox.File> by id
---@field notifications celements.sandbox.Notification[] by ascending sequence
---@field outbox celements.sandbox.Notification[] those to be sent now
---@field switches table
---@field grants celements.sandbox.Grants of the make-believe provider
---@field traces table<string, string> element keys by trace id
---@field all_listed number when the last of the instances begins to show up in listings

---@class celements.sandbox.File
---@field id string
---@field name string
---@field type string
---@field content celements.sandbox.Content
---@field offset integer where in the content it begins
---@field length integer
---@field created string ISO 8601
---@field instance celements.sandbox.Instance? whose it is; nil for everyone's

--- Makes an empty state.
---@param options? { switches: table, now: fun(): number } initial switches (checked); a clock in seconds
---@return celements.sandbox.State
function state.new(options)
  options = options or {}
  local self = setmetatable({ initial = options.switches or {}, now = options.now or os.time }, state)
  self:reset()
  return self
end

--- Forgets everything and puts the switches back to what they were at the start.
function state:reset()
  for _, file in pairs(self.files or {}) do file.content:remove() end
  self.instances, self.by_id, self.by_token, self.files = {}, {}, {}, {}
  self.notifications, self.outbox = {}, {}
  self.sequence, self.counter, self.all_listed = 0, FIRST_ID, 0
  self.logged, self.last_logged = {}, 0
  self.grants, self.traces = grants.new(), {}
  self.switches = switches.defaults()
  self:configure(self.initial)
end

--- Sets switches that were checked before.
---@param settings table
function state:configure(settings)
  for name, value in pairs(settings) do self.switches[name] = value end
end

--- Counts, for ids of everything but instances.
---@return integer
function state:next_sequence()
  self.sequence = self.sequence + 1
  return self.sequence
end

--- Adds a file and gives it its id and creation time.
---@param file table name, type, content, offset, length, instance
---@return celements.sandbox.File
function state:add_file(file)
  file.id = ("file-%d"):format(self:next_sequence())
  file.created = calendar.write(self.now())
  self.files[file.id] = file
  return file
end

--- Notes a hub call, with its number as `sequence`.
---@param entry table
function state:log(entry)
  self.last_logged = self.last_logged + 1
  entry.sequence = self.last_logged
  self.logged[self.last_logged] = entry
  self.logged[self.last_logged - CALLS] = nil
end

--- Lists the hub calls noted, the newest last.
---@return table[]
function state:calls()
  local list = {}
  for index = math.max(1, self.last_logged - CALLS + 1), self.last_logged do list[#list + 1] = self.logged[index] end
  return list
end

local function take_id(self)
  local preset = self.switches.next_id
  self.switches.next_id = nil
  if preset and #preset >= 15 then return preset end -- too long to count on from
  if preset then self.counter = tonumber(preset) end
  local id
  repeat
    id = ("%.0f"):format(self.counter)
    self.counter = self.counter + 1
  until not self.by_id[id]
  return id
end

local function take_token(self)
  local preset = self.switches.next_token
  self.switches.next_token = nil
  return preset or random.token()
end

--- Adds an instance and gives it its id, token and creation time.
---@param instance table name, element, configuration, tags, external
---@return celements.sandbox.Instance
function state:add(instance)
  instance.id, instance.token = take_id(self), take_token(self)
  instance.sequence = self:next_sequence()
  instance.created = calendar.write(self.now())
  instance.listed = self.now() + self.switches.list_delay
  self.all_listed = math.max(self.all_listed, instance.listed)
  instance.disabled, instance.in_use, instance.valid, instance.polling_disabled = false, false, true, false
  instance.messages, instance.definitions, instance.transformations = {}, {}, {}
  self.instances[#self.instances + 1] = instance
  self.by_id[instance.id], self.by_token[instance.token] = instance, instance
  return instance
end

--- Removes an instance and its token.
---@param instance celements.sandbox.Instance
function state:remove(instance)
  self.by_id[instance.id], self.by_token[instance.token] = nil, nil
  for index, entry in ipairs(self.instances) do
    if entry == instance then return table.remove(self.instances, index) end
  end
end

return state
