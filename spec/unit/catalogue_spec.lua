describe("the catalogue", function()
  local catalogue

  before_each(function()
    package.loaded["celements.catalogue"] = nil
    package.loaded["celements.catalogue.data"] = nil
    catalogue = require "celements.catalogue"
  end)

  it("tells what MailJet Messaging wants", function()
    local note = "placeholder in only payload"
    assert.same({
      key = "mailjet",
      id = 84,
      name = "MailJet Messaging Beta",
      hub = "messaging",
      auth = "custom",
      entries = {
        { key = "mailjet.api.key", required = "yes", type = "string", note = note, strong = true },
        { key = "mailjet.api.secret", required = "yes", type = "string", note = note, strong = true },
      },
    }, catalogue.get("mailjet"))
  end)

  it("leaves out what a page does not tell", function()
    assert.is_nil(catalogue.get("abbyy").hub)
    assert.is_nil(catalogue.get("sfdcmarketingcloud").id)
    assert.is_nil(catalogue.get("abbyy").entries[1].strong)
  end)

  it("keeps the entries in the order of the page, with their conditions", function()
    local entries = catalogue.get("campaignmonitor").entries
    assert.equal("authentication.type", entries[1].key)
    assert.equal("username", entries[2].key)
    assert.equal("unknown", entries[2].required)
    assert.equal("conditional: basic auth only", entries[2].note)
    assert.equal(6, #entries)
  end)

  it("has strong evidence for few entries, and for no flow that OAuth changes", function()
    local strong = {}
    for _, key in ipairs(catalogue.keys()) do
      for _, entry in ipairs(catalogue.get(key).entries) do
        if entry.strong then table.insert(strong, key .. " " .. entry.key) end
      end
    end
    assert.same({
      "mailjet mailjet.api.key",
      "mailjet mailjet.api.secret",
      "netsuitecrmv2 netsuite.accountId",
      "netsuiteerpv2 netsuite.accountId",
      "netsuitefinancev2 netsuite.accountId",
      "netsuitehcv2 netsuite.accountId",
    }, strong)
  end)

  it("gives the keys of strong evidence alone, the same at every call", function()
    for _ = 1, 2 do
      local keys, id = catalogue.strong_keys("mailjet")
      assert.same({ "mailjet.api.key", "mailjet.api.secret" }, keys)
      assert.equal(catalogue.get("mailjet").id, id)
      for _, key in ipairs({ "abbyy", "nosuchelement", 84, true, {} }) do
        assert.same({}, (catalogue.strong_keys(key)))
      end
      assert.same({}, (catalogue.strong_keys(nil)))
    end
  end)

  it("compares keys exactly and answers nil for anything else", function()
    for _, key in ipairs({ "MailJet", "mailjet ", "", "nosuchelement", 84, true, {} }) do
      assert.is_nil(catalogue.get(key))
    end
    assert.is_nil(catalogue.get(nil))
  end)

  it("finds an element by its number", function()
    assert.equal("abbyy", catalogue.by_id(260).key)
    assert.equal("abbyy", catalogue.by_id("260").key)
    assert.equal("abbyy", catalogue.by_id(260.0).key)
  end)

  it("finds no element by a number that is ambiguous or none", function()
    for _, id in ipairs({ 84, "84", 260.5, -260, 0, "", "abbyy", 1 / 0, {} }) do
      assert.is_nil(catalogue.by_id(id))
    end
    assert.is_nil(catalogue.by_id(nil))
  end)

  it("lists its keys, sorted", function()
    local keys = catalogue.keys()
    assert.is_true(#keys > 100)
    for position = 2, #keys do assert.is_true(keys[position - 1] < keys[position]) end
  end)

  it("loads its data when the first element is asked for", function()
    assert.is_nil(package.loaded["celements.catalogue.data"])
    catalogue.get("mailjet")
    assert.is_table(package.loaded["celements.catalogue.data"])
  end)

  it("gives tables that a caller may change", function()
    local first = catalogue.get("mailjet")
    first.entries[1].strong, first.name = nil, "changed"
    assert.is_true(catalogue.get("mailjet").entries[1].strong)
    assert.equal("MailJet Messaging Beta", catalogue.get("mailjet").name)
  end)
end)
