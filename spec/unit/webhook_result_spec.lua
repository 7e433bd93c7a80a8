-- Results of asynchronous calls in notifications.
local caller = require "spec.support.caller"
local webhook = require "celements.webhook"

describe("webhook.result", function()
  it("reads what a call would have answered", function()
    local result, notification = webhook.result(
      '{"eventId":1028,"instanceId":30,"response":{"id":9007199254740993,"list":[]},"notificationId":1084}')
    assert.equal("1028", result.event_id)
    assert.equal("30", result.instance_id)
    assert.equal("9007199254740993", ("%s"):format(result.response.id))
    assert.equal(notification.response, result.response)
    assert.equal(1084, notification.notificationId)
    for body, response in pairs { ["[]"] = "table", ["false"] = "boolean", ["null"] = "userdata" } do
      assert.equal(response, type(webhook.result('{"eventId":"1","response":' .. body .. "}").response))
    end
  end)

  it("leaves results that are events to both", function()
    local body = '{"eventId":17,"response":{"events":[{"path":"/a.txt"}]}}'
    assert.equal("17", webhook.result(body).event_id)
    assert.equal("17", webhook.events(body)[1].event_id)
  end)

  it("refuses what is none, without repeating it", function()
    for _, body in ipairs {
      "", "s3cr3t", "7", "[]", "{}", '{"eventId":1}', '{"response":"s3cr3t"}',
      '{"message":{"eventId":"s3cr3t","events":[]}}', '{"eventId":1,"eventStatus":"dispatched"}',
    } do
      local result, err = webhook.result(body)
      assert.is_nil(result)
      assert.equal("response", err.kind)
      assert.is_string(err.hint)
      assert.is_nil(caller.find(err, "s3cr3t"))
    end
  end)

  it("wants a string", function()
    assert.equal("celements.webhook.result: body must be a string, not nil",
      caller.blamed(function() webhook.result(nil) end)) -- luacheck: ignore
  end)
end)
