-- The application of examples/openresty, as its one command starts it.
if not rawget(_G, "jit") then return end

local core = assert(package.searchpath("celements.core", package.cpath))
local ports = require "celements.sandbox.ports"
local shell = require "celements.sandbox.shell"
local waiting = require "spec.support.waiting"

local KEY = "sandbox-signature-key-01" -- of start.lua
local folder, url

local function curl(arguments)
  local _, output = shell.run(("curl -s --noproxy '*' -w ' %%{http_code}' %s"):format(arguments))
  return output
end

local function as(customer, path, arguments)
  return curl(("-u %s:%s-password %s %s%s"):format(customer, customer, arguments or "", url, path))
end

setup(function()
  local _
  _, folder = shell.run("folder=$(mktemp -d) && chmod go+rx $folder && echo $folder") -- for nginx's workers
  local port = assert(ports.choose({}, { "port" })).port
  url = "http://127.0.0.1:" .. port
  shell.run(("TMPDIR=%s PORT=%d CORE=%s %s examples/openresty/start.lua >%s/output 2>&1 & echo $! >%s/pid"):format(
    folder, port, shell.quote(core), arg[-1] or "luajit", folder, folder))
  waiting.till(function() return curl(url .. "/health") == '{"status":"up"}\n 200' end, "the application")
end)

teardown(function()
  local ok, output = shell.run(("kill -QUIT $(cat %s/tmp.*/nginx.pid)"):format(folder))
  assert(ok, output)
  waiting.till(function() return not shell.run(("kill -0 $(cat %s/pid)"):format(folder)) end, "its end")
  local _, left = shell.run(("find %s -mindepth 1 -maxdepth 1 -type d"):format(folder))
  shell.run("rm -rf " .. folder)
  assert.equal("", left)
end)

it("lets nobody in who did not sign in", function()
  assert.truthy(curl(url .. "/messages"):find "401$")
  assert.truthy(curl("-u ann:wrong " .. url .. "/messages"):find "[45]0%d$")
end)

it("connects a customer once, whoever asks how often", function()
  assert.truthy(as("ann", "/messages"):find "409$")
  local arguments = "-d '{\"key\":\"k-ann-1\",\"secret\":\"s-ann-1\"}'"
  local command = ("curl -s --noproxy '*' -o /dev/null -w '%%{http_code} ' -u ann:ann-password %s %s/connect &"):format(
    arguments, url)
  local _, statuses = shell.run(command:rep(6) .. " wait")
  local created = select(2, statuses:gsub("201", ""))
  assert.equal(1, created, statuses)
  assert.equal(5, select(2, statuses:gsub("200", "")), statuses)
end)

it("says what is missing", function()
  local answer = as("bob", "/connect", "-d '{\"key\":\"k-bob-1\"}'")
  assert.truthy(answer:find('"missing":["mailjet.api.secret"]', 1, true), answer)
  assert.truthy(answer:find "400$", answer)
  assert.truthy(as("bob", "/connect", "-d nonsense"):find "400$")
  assert.truthy(as("bob", "/messages"):find "409$")
end)

it("keeps nothing of a customer whose credentials MailJet refuses", function()
  local unverified = require("celements.sandbox").reserved.UNVERIFIED
  local answer = as("bob", "/connect", ("-d '{\"key\":\"%s\",\"secret\":\"s-bob-1\"}'"):format(unverified))
  assert.truthy(answer:find "422$", answer)
  assert.truthy(as("bob", "/messages"):find "409$")
  assert.truthy(curl(url .. "/metrics"):find('celements_calls_total{call="delete",result="ok"} 1', 1, true))
end)

it("calls MailJet for the customer", function()
  assert.equal("[]\n 200", as("ann", "/messages"))
  local sent = as("ann", "/messages",
    "-d '{\"from\":\"a@example.com\",\"to\":\"b@example.com\",\"subject\":\"Hello\",\"message\":\"First\"}'")
  assert.truthy(sent:find "200$", sent)
  assert.truthy(as("ann", "/messages"):find('"subject":"Hello"', 1, true))
end)

it("receives what is signed, once", function()
  local hmac = select(2, pcall(require, "openssl.hmac"))
  if type(hmac) ~= "table" then return pending "luaossl is not installed" end
  local base64 = require "celements.sandbox.base64"
  local body = '{"message":{"eventId":"e1","events":[{"eventType":"CREATED","objectType":"messages","objectId":"1"}]}}'
  local signature = "sha256=" .. base64.encode(hmac.new(KEY, "sha256"):final(body))
  local function post(value)
    return curl(("-H 'Elements-Webhook-Signature: %s' -d '%s' %s/notifications"):format(value, body, url))
  end
  assert.truthy(post("sha256=" .. ("A"):rep(43) .. "="):find "401$")
  assert.truthy(post(signature):find('"received":true', 1, true))
  assert.truthy(post(signature):find('"error":"conflict"', 1, true))
  assert.truthy(curl(url .. "/metrics"):find('celements_events_total{type="CREATED"} 1', 1, true))
end)

it("tells Prometheus of its calls", function()
  local metrics = curl(url .. "/metrics")
  for _, line in ipairs {
    "# TYPE celements_call_seconds histogram",
    'celements_calls_in_flight{call="create"} 0',
    'celements_calls_total{call="create",result="configuration"} 1',
    'celements_call_seconds_bucket{call="list",le="+Inf"} 2',
    'celements_retries_total{call="list"} 0',
  } do
    assert.truthy(metrics:find(line, 1, true), line .. " in " .. metrics)
  end
end)
