--- The sandbox's own small catalogue of elements. It is written from the API documentation, not from the
-- catalogue that the client carries, so that the two can disagree.
local json = require "celements.sandbox.json"

local elements = {}

local FIELDS = {
  "id", "name", "key", "description", "image", "active", "deleted", "typeOauth", "trialAccount",
  "existingAccountDescription", "configDescription", "signupURL", "transformationsEnabled", "authentication",
  "hub", "parameters", "private",
}
local CONFIG_FIELDS = {
  "id", "key", "name", "description", "type", "defaultValue", "required", "hideFromConsole", "internal",
  "active", "groupControl", "displayOrder",
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
local OAUTH2 = {
  { "oauth.callback.url", "TEXTFIELD_1000", nil, true },
  { "oauth.api.key", "TEXTFIELD_1000", nil, true },
  { "oauth.api.secret", "TEXTFIELD_1000", nil, true },
  { "oauth.scope", "TEXTFIELD_1000" },
  { "oauth.user.refresh_token", "PASSWORD" },
  { "oauth.user.refresh_interval", "TEXTFIELD_32", "3600" },
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
  {
    id = 274, key = "bigcommerce", name = "BigCommerce", hub = "ecommerce", authentication = { type = "basic" },
    configuration = { { required "username", required("password", "PASSWORD"), required "store.url" }, COMMON, EVENTS },
    objects = { "customers", "orders", "products" },
  },
  {
    id = 22, key = "box", name = "Box", hub = "documents", authentication = { type = "oauth2" },
    configuration = { OAUTH2, COMMON, EVENTS },
    objects = { "files", "folders" },
  },
  {
    id = 41, key = "zendesk", name = "Zendesk", hub = "helpdesk", authentication = { type = "oauth2" },
    configuration = { OAUTH2, { required "zendesk.subdomain" }, COMMON, EVENTS },
    objects = { "incidents", "users" },
  },
}

local function config_entry(id, order, source)
  return json.object({
    id = id, key = source[1], name = source[1], description = "The element's " .. source[1], type = source[2],
    defaultValue = source[3] or json.null, required = source[4] or false, hideFromConsole = false,
    internal = false, active = true, groupControl = false, displayOrder = order,
  }, CONFIG_FIELDS)
end

local function build(source)
  local configuration = json.array()
  for _, group in ipairs(source.configuration) do
    for _, entry in ipairs(group) do
      local order = #configuration + 1
      configuration[order] = config_entry(source.id * 100 + order, order, entry)
    end
  end
  local oauth = source.authentication.type == "oauth2"
  return {
    id = source.id, key = source.key, hub = source.hub, oauth2 = oauth,
    configuration = configuration, objects = source.objects,
    object = json.constant(json.object({
      id = source.id, name = source.name, key = source.key, hub = source.hub,
      description = source.description or ("Connects your existing %s account."):format(source.name),
      image = ("elements/provider_%s.png"):format(source.key),
      active = true, deleted = false, typeOauth = oauth, trialAccount = false,
      existingAccountDescription = source.existingAccountDescription, configDescription = source.configDescription,
      signupURL = source.signupURL, transformationsEnabled = false,
      authentication = json.object(source.authentication), parameters = json.array(),
    }, FIELDS)),
  }
end

local list, by_name = {}, {}
for _, source in ipairs(DEFINITIONS) do
  local element = build(source)
  list[#list + 1] = element
  by_name[element.key], by_name[tostring(element.id)] = element, element
end
table.sort(list, function(a, b) return a.id < b.id end)

---@class celements.sandbox.Element
---@field id integer
---@field key string
---@field hub string
---@field oauth2 boolean
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
