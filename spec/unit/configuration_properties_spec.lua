local properties = require "celements.configuration.properties"

local boolean = "must be true or false"

local cases = {
  ["event.vendor.type"] = {
    reason = "must be polling, webhook or webhooks",
    accepted = { "polling", "webhook", "webhooks", "Webhook", " polling " },
    refused = { "push", "poll", 1, true, {} },
  },
  ["event.notification.type"] = {
    reason = "must be webhook",
    accepted = { "webhook" },
    refused = { "webhooks", "email", false },
  },
  ["event.notification.callback.url"] = {
    reason = "must be an http or https URL",
    accepted = { "https://example.com/cb", "HTTP://localhost:8080", "http://[::1]/", "false", false },
    refused = { "ftp://example.com", "example.com/cb", "https://", "https:/x", "httpx://a", 80, true, {} },
  },
  ["event.poller.refresh_interval"] = {
    reason = "must be a whole number of minutes from 1 on",
    accepted = { 1, 15, 15.0, "15", "1", "005", " 5 " },
    refused = { 0, -1, 1.5, 0 / 0, 1 / 0, "0", "000", "15m", "-5", "1.5", "0x10", true, {} },
  },
  ["event.notification.enabled"] = {
    reason = boolean,
    accepted = { true, false, "true", "false", "True" },
    refused = { "yes", "1", 1, 0, {} },
  },
  ["filter.response.nulls"] = {
    reason = boolean,
    accepted = { true, false, "true", "false" },
    refused = { "no", 1, {} },
  },
}

describe("properties.fault", function()
  for key, case in pairs(cases) do
    it("tells what " .. key .. " can be", function()
      for _, value in ipairs(case.accepted) do assert.is_nil(properties.fault(key, value), tostring(value)) end
      for _, value in ipairs(case.refused) do
        assert.equal(case.reason, properties.fault(key, value), tostring(value))
      end
    end)
  end

  it("has nothing to say about other keys", function()
    for _, key in ipairs({ "mailjet.api.key", "Event.Vendor.Type", "event.vendor", 1, true }) do
      assert.is_nil(properties.fault(key, "push"))
    end
  end)
end)
