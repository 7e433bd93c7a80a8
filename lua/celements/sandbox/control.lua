--- The control port: resets, switches, faults, the journal, and a look behind the API. Pure, like the API.
local calendar = require "celements.sandbox.calendar"
local content = require "celements.sandbox.content"
local elements = require "celements.sandbox.elements"
local json = require "celements.sandbox.json"
local notifications = require "celements.sandbox.notifications"
local switches = require "celements.sandbox.switches"

local control = {}

local function ok(data)
  return { status = 200, headers = {}, data = data == nil and json.object() or data }
end

local function fail(status, message)
  return { status = status, headers = {}, data = json.object { message = message } }
end

local function record(instance)
  local copy = json.object()
  for key, value in pairs(instance.configuration) do copy[key] = value end
  return json.object {
    id = json.integer(instance.id), name = instance.name, token = instance.token, element = instance.element.key,
    tags = json.array(instance.tags), configuration = copy, disabled = instance.disabled,
    in_use = instance.in_use, valid = instance.valid, polling_disabled = instance.polling_disabled,
    messages = #instance.messages,
  }
end

local function list_instances(sandbox)
  local list = json.array()
  for index, instance in ipairs(sandbox.state.instances) do list[index] = record(instance) end
  return ok(list)
end

local function seed(sandbox, sent)
  local count, element = sent.count, elements.find(sent.element or "mailjet")
  if type(count) ~= "number" or count % 1 ~= 0 or count < 1 or count > 1e6 then
    return fail(400, "count must be an integer from 1 to 1000000")
  end
  if not element then return fail(400, "unknown element") end
  -- Handlers replace these tables and never change them, so all may share one.
  local configuration, tags = {}, { "seeded" }
  for number = 1, count do
    sandbox.state:add {
      name = ("Seeded %d"):format(number), element = element, configuration = configuration, tags = tags,
      external = "none",
    }
  end
  return ok()
end

local function boolean(value) return type(value) == "boolean", "true or false" end

local FLAGS = {
  in_use = boolean, valid = boolean, disabled = boolean, polling_disabled = boolean,
  created = function(value)
    return type(value) == "string" and calendar.read(value) ~= nil, "a date such as 2018-05-01T10:00:00Z"
  end,
}

local function flag(sandbox, sent, id)
  local instance = sandbox.state.by_id[id]
  if not instance then return fail(404, "no instance " .. id) end
  for name, value in pairs(sent) do
    if not FLAGS[name] then return fail(400, ("unknown flag %q"):format(tostring(name))) end
    local fits, expected = FLAGS[name](value)
    if not fits then return fail(400, ("%s must be %s"):format(name, expected)) end
  end
  for name, value in pairs(sent) do instance[name] = value end
  return ok(record(instance))
end

local function text(value, default)
  if value == nil then return default end
  return type(value) == "string" and not value:find("%c") and value or nil
end

local function add_file(sandbox, sent)
  local size, name, kind = sent.size, text(sent.name, "generated"), text(sent.type, "application/octet-stream")
  if type(size) ~= "number" or size % 1 ~= 0 or size < 0 or size > 2 ^ 40 then
    return fail(400, "size must be an integer from 0 to 2^40")
  end
  if not name or not kind then return fail(400, "name and type must be strings without control characters") end
  local file = sandbox.state:add_file {
    name = name, type = kind, content = content.generated(size), offset = 0, length = size,
  }
  return ok(json.object { id = file.id })
end

local function configure(sandbox, sent)
  local checked, err = switches.check(sent)
  if not checked then return fail(400, err) end
  sandbox.state:configure(checked)
  return ok(json.object(sandbox.state.switches))
end

local function arm(sandbox, sent)
  local fault, err = sandbox.faults:arm(sent)
  return fault and ok() or fail(400, err)
end

local ROUTES = {
  ["/reset"] = {
    POST = function(sandbox)
      sandbox.state:reset()
      sandbox.faults:clear()
      sandbox.journal:clear()
      return ok()
    end,
  },
  ["/journal"] = {
    GET = function(sandbox) return ok(sandbox.journal:list()) end,
    DELETE = function(sandbox)
      sandbox.journal:clear()
      return ok()
    end,
  },
  ["/faults"] = {
    GET = function(sandbox) return ok(json.array(sandbox.faults.armed)) end,
    POST = arm,
    DELETE = function(sandbox)
      sandbox.faults:clear()
      return ok()
    end,
  },
  ["/switches"] = {
    GET = function(sandbox) return ok(json.object(sandbox.state.switches)) end,
    PATCH = configure,
  },
  ["/files"] = { POST = add_file },
  ["/notifications"] = { GET = function(sandbox) return ok(notifications.records(sandbox.state)) end },
  ["/instances"] = { GET = list_instances, POST = seed },
  ["/instances/{id}"] = { PATCH = flag },
}

--- Answers a control request.
---@param sandbox { state: celements.sandbox.State, faults: table, journal: table }
---@param method string
---@param path string
---@param body string
---@return celements.sandbox.Response
function control.handle(sandbox, method, path, body)
  local id = path:match("^/instances/([^/]+)$")
  local methods = ROUTES[id and "/instances/{id}" or path]
  local result
  if not methods then
    result = fail(404, "unknown control path " .. path)
  elseif not methods[method] then
    result = fail(405, method .. " is not supported for " .. path)
  else
    local sent, err = {}, nil
    if body ~= "" then sent, err = json.decode(body) end
    if err or type(sent) ~= "table" or sent == json.null then
      result = fail(400, err or "the body must be a JSON object")
    else
      result = methods[method](sandbox, sent, id)
    end
  end
  return {
    status = result.status, headers = { ["Content-Type"] = "application/json" }, body = json.encode(result.data),
  }
end

return control
