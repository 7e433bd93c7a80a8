--- The requests seen, the newest last. Only so many are kept, so that a long run does not fill the memory.
local json = require "celements.sandbox.json"

local journal = {}
journal.__index = journal

--- How many requests are kept.
journal.LIMIT = 10000

--- Makes an empty journal.
---@param limit? integer
function journal.new(limit)
  return setmetatable({ limit = limit or journal.LIMIT, first = 1, last = 0, entries = {} }, journal)
end

--- Adds a request.
---@param req celements.sandbox.Request
---@param extra table<string, any> further fields: scheme, http, connection, fault
---@return table entry to which the answer's status may still be added
function journal:add(req, extra)
  local headers = {}
  for name, value in pairs(req.headers) do headers[name] = value end
  local entry = {
    method = req.method, path = req.path, query = req.query, parameters = json.array(req.parameters),
    headers = json.object(headers), body = req.body,
  }
  for key, value in pairs(extra) do entry[key] = value end
  self.last = self.last + 1
  self.entries[self.last] = entry
  if self.last - self.first >= self.limit then
    self.entries[self.first] = nil
    self.first = self.first + 1
  end
  return entry
end

--- Lists the requests kept.
---@return table[]
function journal:list()
  local list = json.array()
  for index = self.first, self.last do list[#list + 1] = self.entries[index] end
  return list
end

--- Forgets every request.
function journal:clear()
  self.first, self.last, self.entries = 1, 0, {}
end

return journal
