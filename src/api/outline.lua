-- What stands on the page, and how a user calls it. A section takes from each source what the file declares for a
-- receiver; `only` and `except` are names, `drops` a parameter that the user does not give, `adds` one that he does.

local ID = { name = "id", type = "integer|string", text = "the instance's" }

local OPERATIONS = { "changes", "entries", "objects", "docs", "events" }

local function operations(more)
  local list = {}
  for index, noun in ipairs(OPERATIONS) do
    list[index] = { file = "instance/" .. noun, receiver = noun, drops = "place" }
    for name, value in pairs(more) do list[index][name] = value end
  end
  return list
end

local by_id = {
  { file = "instances", receiver = "Instances" },
  { file = "instance/keyed", receiver = "keyed" },
  { file = "instance/account", receiver = "account" },
}
for _, source in ipairs(operations { adds = ID, except = { rename_object = true } }) do table.insert(by_id, source) end

local function constructor(name)
  return { file = "store/" .. name, receiver = name, only = { new = true }, names = { new = name } }
end

return {
  { title = "celements", header = "init", call = "celements.", sources = {
    { file = "client", receiver = "client" },
    { file = "init", fields = true }, { file = "init", receiver = "celements" },
    { file = "document", receiver = "document" }, { file = "tasks", receiver = "tasks" },
  } },
  { title = "celements.Client", class = true, call = "client:", sources = {
    { file = "client", receiver = "Client" } } },
  { title = "celements.Instances", class = true, call = "client.instances:", sources = by_id },
  { title = "celements.Elements", class = true, call = "client.elements:", sources = {
    { file = "elements", receiver = "Elements" } } },
  { title = "celements.Session", class = true, call = "session:", sources = {
    { file = "session", receiver = "Session" } } },
  { title = "celements.SessionInstance", class = true, call = "session.instance:", sources = operations {},
    other = { call = "client.instances:", whole = { rename_object = true } } },
  { title = "celements.Pages", class = true, call = "pages:", sources = { { file = "pages", receiver = "Pages" } } },
  { title = "celements.Items", class = true, call = "items:", sources = { { file = "pages", receiver = "Items" } } },
  { title = "celements.Batch", class = true, call = "batch:", sources = { { file = "batch", receiver = "Batch" } } },
  { title = "celements.Task", class = true, call = "task:", sources = {
    { file = "runtime/task", receiver = "Task" } } },
  { title = "celements.configuration", header = "configuration", call = "celements.configuration.", sources = {
    { file = "configuration", locals = { build = "celements.configuration" }, drops = "_" },
    { file = "configuration", receiver = "configuration" },
  } },
  { title = "celements.where", header = "where", call = "celements.where.", sources = {
    { file = "where", receiver = "where" } } },
  { title = "celements.oauth", header = "oauth", call = "celements.oauth.", sources = {
    { file = "oauth/state", receiver = "state", only = { new = true }, names = { new = "state" } },
    { file = "oauth", receiver = "oauth" },
  } },
  { title = "celements.oauth.State", class = true, call = "state:", sources = {
    { file = "oauth/state", receiver = "State" } } },
  { title = "celements.webhook", header = "webhook", call = "celements.webhook.", sources = {
    { file = "webhook", receiver = "webhook" } } },
  { title = "celements.store", header = "store/init", call = "celements.store.", sources = {
    constructor "memory", constructor "sqlite", constructor "redis", constructor "shared_dict", constructor "seal",
    { file = "store/init", receiver = "store" },
  } },
  { title = "celements.Store", class = true, call = "store:", sources = {
    { file = "store/base", receiver = "Store" } } },
  { title = "celements.SealedStore", class = true, call = "store:", sources = {
    { file = "store/seal", locals = { rotate = "store:rotate" }, drops = "self" } } },
  { title = "celements.Lock", class = true, call = "lock:", sources = { { file = "store/lock", receiver = "Lock" } } },
  { title = "celements.errors", header = "errors", call = "celements.errors.", module = "celements.errors", sources = {
    { file = "errors", receiver = "errors" } } },
  { title = "celements.sandbox", header = "sandbox/init", call = "celements.sandbox.", module = "celements.sandbox",
    sources = { { file = "sandbox/init", receiver = "sandbox" } } },
  { title = "celements.Sandbox", class = true, call = "sandbox:", sources = {
    { file = "sandbox/init", receiver = "methods" } } },
}
