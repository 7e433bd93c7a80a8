local problems = require "celements.configuration.problems"
local refusal = require "celements.configuration.refusal"

local MAILJET = { "mailjet.api.key", "mailjet.api.secret" }

describe("refusal.named", function()
  local both = { "mailjet.api.key", "mailjet.api.secret" }
  local cases = {
    ["Missing required configuration: mailjet.api.key, mailjet.api.secret"] = both,
    ["Required entries missing: [\"mailjet.api.key\",\"mailjet.api.secret\"]."] = both,
    ["mailjet.api.key and mailjet.api.secret are REQUIRED."] = both,
    ["You must provide 'mailjet.api.key'; (mailjet.api.secret) too"] = both,
    ["configuration: mailjet.api.key not provided\nconfiguration: mailjet.api.secret not provided"] = both,
    ["mailjet.api.secret, mailjet.api.key are mandatory"] = { "mailjet.api.secret", "mailjet.api.key" },
    ["missing:mailjet.api.secret"] = { "mailjet.api.secret" },
    ["Missing other.api_key, other.api-token and netsuite.accountId."] =
      { "other.api_key", "other.api-token", "netsuite.accountId" },
  }

  for text, expected in pairs(cases) do
    it("reads " .. text:gsub("\n", " "), function()
      assert.same(expected, refusal.named(text, MAILJET))
    end)
  end

  local silent = {
    "mailjet.api.key is invalid",
    "The dismissing.party refused mailjet.api.key",
    "Required configuration is missing",
    "missing: mailjet",
    "OAuth code required, see https://docs.cloud-elements.com/home or docs.example.com",
    "Missing header, e.g. in instance.json of client version 1.2.3 or v2.1",
    "required by java.lang.NullPointerException at com.vendor.provisioner in some.Provisioner",
    "required: sender@mail.example.host, some.function(), dir/some.path/x",
    "Configuration is missing.Please try again",
    "missing " .. ("a"):rep(60) .. "." .. ("b"):rep(60),
    "",
  }

  for _, text in ipairs(silent) do
    it("reads nothing into " .. text:sub(1, 70), function()
      assert.same({}, refusal.named(text, MAILJET))
    end)
  end

  it("takes keys as whole words only", function()
    local text = "missing: api.keys or my-api.key or api.key_2, but api.key."
    assert.same({ "api.keys", "my-api.key", "api.key_2", "api.key" }, refusal.named(text, { "api.key" }))
    assert.same({}, refusal.named("passwords and super-user required", { "password", "user" }))
    assert.same({ "password" }, refusal.named("The password is required", { "password", "user" }))
  end)

  it("reads a long text in passing", function()
    local text = "missing " .. ("x.y/ "):rep(200000) .. "mailjet.api.key"
    assert.same({ "mailjet.api.key" }, refusal.named(text, MAILJET))
  end)
end)

describe("problems.missing_in", function()
  local missing_in = problems.missing_in
  local request = { element = { key = "mailjet" }, configuration = { ["mailjet.api.key"] = "my.host.name" } }

  it("names the entries that the platform misses and the request does not supply", function()
    assert.same({ "mailjet.api.secret" }, missing_in("Missing: mailjet.api.key, mailjet.api.secret", request))
    assert.is_nil(missing_in("Missing: mailjet.api.key", request))
  end)

  it("counts an empty entry as not supplied", function()
    local empty = { element = { key = "mailjet" }, configuration = { ["mailjet.api.key"] = " " } }
    assert.same({ "mailjet.api.key" }, missing_in("Missing: mailjet.api.key", empty))
  end)

  it("looks for single words only where the element may require them", function()
    local text = "The username and the user are required"
    assert.same({ "username" }, missing_in(text, { element = { id = 260 }, configuration = {} }))
    assert.is_nil(missing_in("The user is required", { element = { key = "magentov20" } }))
    assert.is_nil(missing_in(text, { element = { key = "nosuchelement" } }))
  end)

  it("works without a known element", function()
    assert.same({ "some.key" }, missing_in("required: some.key", { element = { key = "nosuchelement" } }))
    assert.same({ "some.key" }, missing_in("required: some.key", {}))
  end)

  it("repeats no value of the request", function()
    assert.is_nil(missing_in("A required answer from my.host.name", request))
  end)

  it("takes a request whose values are of any kind", function()
    local odd = { configuration = { a = 0 / 0, b = false, c = {}, d = io.stdout, [1.5] = "x" } }
    assert.same({ "some.key" }, missing_in("required: some.key", odd))
  end)

  it("gives nil for a text that is none", function()
    for _, text in ipairs({ 1, true, {}, io.stdout }) do assert.is_nil(missing_in(text, request)) end
    assert.is_nil(missing_in(nil, request))
  end)
end)
