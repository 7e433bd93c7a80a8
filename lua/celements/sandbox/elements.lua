--- The sandbox's catalogue of elements: a few as the API documentation shows them in full, and all others out of the
-- generated table of what the vendor's public pages tell, which is read by none of the client's code.
local documented = require "celements.sandbox.documented"
local json = require "celements.sandbox.json"

local elements = {}

local FIELDS = {
  "id", "name", "key", "description", "image", "active", "deleted", "typeOauth", "trialAccount",
  "existingAccountDescription", "configDescription", "signupURL", "transformationsEnabled", "authentication",
  "hub", "parameters", "private",
}
local CONFIG_FIELDS = {
  "id", "key", "name", "description", "type", "defaultValue", "required", "hideFromConsole", "internal",
  "active", "groupControl", "resellerConfig", "companyConfig", "displayOrder",
}

-- key, type, default. None of them is required (API documentation).
local COMMON = {
  { "filter.response.nulls", "BOOLEAN", "true" },
  { "event.notification.enabled", "BOOLEAN", "false" },
  { "event.notification.callback.url", "TEXTFIELD_1000" },
}
local EVENTS = {
  { "event.vendor.type", "TEXTFIELD_128", "polling" },
  { "event.notification.type", "TEXTFIELD_128" },
  { "event.notification.signature.key", "TEXTFIELD_128" },
  { "event.poller.refresh_interval", "TEXTFIELD_128", "15" },
  { "event.poller.configuration", "TEXTAREA" },
}
-- What an element of a kind has whether or not its page says so.
local OAUTH = {
  { "oauth.callback.url", "TEXTFIELD_1000", nil, true },
  { "oauth.api.key", "TEXTFIELD_1000", nil, true },
  { "oauth.api.secret", "TEXTFIELD_1000", nil, true },
  { "oauth.scope", "TEXTFIELD_1000" },
}
local TOKENS = {
  oauth1 = { { "oauth.user.token", "PASSWORD" }, { "oauth.user.token.secret", "PASSWORD" } },
  oauth2 = { { "oauth.user.refresh_token", "PASSWORD" }, { "oauth.user.refresh_interval", "TEXTFIELD_32", "3600" } },
}

local function required(key, kind)
  return { key, kind or "TEXTFIELD_1000", nil, true }
end

local DEFINITIONS = {
  {
    id = 84, key = "mailjet", name = "MailJet Beta", hub = "messaging", authentication = {},
    -- The texts are those of the documented response, line break and spelling included.
    description = "Add a MailJet Instance to connect your existing MailJet account to the Messaging Hub, allowing "
      .. "you to send, receive and manage email and SMS messages etc. across multiple Messaging Elements. You will "
      .. "need your MailJet account information, or use our trial account to add an instance.",
    existingAccountDescription = "Give Cloud Elements access to your existing\n MailJet accountEntern  details for "
      .. "using Cloud Elements MailJet Account",
    configDescription = "If you do not have a MailJet account, you can create one at MailJet",
    signupURL = "https://www.mailjet.com/signup/?p=CElements",
    configuration = { { required "mailjet.api.key", required("mailjet.api.secret", "PASSWORD") }, COMMON },
    objects = { "messages" },
  },
  {
    id = 87, key = "mailjetmarketing", name = "MailJet Marketing Beta", hub = "marketing", authentication = {},
    configuration = {
      { required("mailjetmarketing.api.key", "PASSWORD"), required("mailjetmarketing.api.secret", "PASSWORD") },
      COMMON,
    },
    objects = { "lists", "contacts" },
  },
  {
    id = 6, key = "sendgrid", name = "SendGrid", hub = "messaging", authentication = { type = "custom" },
    configuration = {
      {
        required "messaging.smtp.sendgrid.username", required("messaging.smtp.sendgrid.password", "PASSWORD"),
        required "messaging.smtp.sendgrid.sender",
        { "messaging.smtp.sendgrid.protocol", "TEXTFIELD_32", "smtp", true },
      },
      COMMON,
    },
    objects = { "messages" },
  },
}

-- Names of what a hub's elements have.
local OBJECTS = {
  documents = { "files", "folders" }, crm = { "accounts", "contacts", "leads", "opportunities" },
  marketing = { "lists", "contacts" }, ecommerce = { "customers", "orders", "products" },
  helpdesk = { "incidents", "users" }, finance = { "customers", "invoices" }, messaging = { "messages" },
}

local function config_entry(id, order, source)
  return json.object({
    id = id, key = source[1], name = source[1], description = "The element's " .. source[1], type = source[2],
    defaultValue = source[3] or json.null, required = source[4] or false, hideFromConsole = false,
    internal = false, active = true, groupControl = false, resellerConfig = false, companyConfig = false,
    displayOrder = order,
  }, CONFIG_FIELDS)
end

local function configuration_of(source)
  local configuration, seen = json.array(), {}
  for _, group in ipairs(source.configuration) do
    for _, entry in ipairs(group) do
      if not seen[entry[1]] then
        local order = #configuration + 1
        configuration[order], seen[entry[1]] = config_entry(source.id * 100 + order, order, entry), true
      end
    end
  end
  return configuration
end

local function build(source)
  local kind = source.authentication.type
  return {
    id = source.id, key = source.key, hub = source.hub, oauth = TOKENS[kind] and kind or nil,
    configuration = configuration_of(source), objects = source.objects,
    object = json.constant(json.object({
      id = source.id, name = source.name, key = source.key, hub = source.hub,
      description = source.description or ("Connects your existing %s account."):format(source.name),
      image = ("elements/provider_%s.png"):format(source.key),
      active = true, deleted = false, typeOauth = TOKENS[kind] ~= nil, trialAccount = false,
      existingAccountDescription = source.existingAccountDescription, configDescription = source.configDescription,
      signupURL = source.signupURL, transformationsEnabled = false,
      authentication = json.object(source.authentication), parameters = json.array(),
    }, FIELDS)),
  }
end

local list, by_name = {}, {}

local function add(source)
  local element = build(source)
  list[#list + 1] = element
  by_name[element.key], by_name[tostring(element.id)] = element, element
end

for _, source in ipairs(DEFINITIONS) do add(source) end
for _, page in ipairs(documented) do
  if not by_name[page.key] then
    local kind, hub = page.authentication, page.hub or "general"
    add {
      id = page.id, key = page.key, name = page.name, hub = hub, authentication = { type = kind },
      configuration = { page.entries, TOKENS[kind] and OAUTH or {}, TOKENS[kind] or {}, COMMON, EVENTS },
      objects = OBJECTS[hub] or { "resources" },
    }
  end
end
table.sort(list, function(a, b) return a.id < b.id end)

---@class celements.sandbox.Element
---@field id integer
---@field key string
---@field hub string
---@field oauth "oauth1"|"oauth2"|nil
---@field configuration table[] the ElementConfig entries, in catalogue order
---@field objects string[]
---@field object table what the API shows inside an instance

--- Every element, by ascending id.
---@type celements.sandbox.Element[]
elements.list = list

--- Finds an element by its key or its numeric id.
---@param name string|number
---@return celements.sandbox.Element?
function elements.find(name)
  return by_name[type(name) == "number" and json.number(name) or name]
end

--- Returns an element in full form: what an instance shows, plus the configuration list.
---@param element celements.sandbox.Element
---@return table
function elements.full(element)
  local object = { configuration = element.configuration }
  for key, value in pairs(element.object) do object[key] = value end
  local order = {}
  for index, name in ipairs(FIELDS) do order[index] = name end
  order[#order + 1] = "configuration"
  return json.object(object, order)
end

return elements
