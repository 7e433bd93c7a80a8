-- The name of a file in a Content-Disposition header.
local disposition = require "celements.disposition"

describe("disposition.name", function()
  it("reads a name as it is written in every form", function()
    for header, name in pairs {
      ['attachment; filename="a b.txt"'] = "a b.txt",
      ["attachment; filename=plain.txt"] = "plain.txt",
      ["attachment; filename=plain.txt; size=3"] = "plain.txt",
      ["attachment;FileName = \"x;y=.txt\" ;size=3"] = "x;y=.txt",
      ['attachment; filename="a\\"b\\\\c"'] = 'c',
      ['attachment; filename="never ended'] = "never ended",
      ["attachment; filename*=UTF-8''na%C3%AFve%20file.txt; filename=\"naive.txt\""] = "na\195\175ve file.txt",
      ["attachment; filename=\"naive.txt\"; filename*=utf-8'en'x%2Fy.txt"] = "y.txt",
      ["attachment; filename=\"naive.txt\"; filename*=ISO-8859-1''x.txt"] = "naive.txt",
    } do
      assert.equal(name, disposition.name(header), header)
    end
  end)

  it("leaves no folder and no control character in it", function()
    for header, name in pairs {
      ['attachment; filename="../../etc/passwd"'] = "passwd",
      ['attachment; filename="/etc/passwd"'] = "passwd",
      ['attachment; filename="C:\\\\Users\\\\x.txt"'] = "x.txt",
      ["attachment; filename*=UTF-8''..%2F..%2Fx%00%0Ay.txt"] = "xy.txt",
      ["attachment; filename*=UTF-8''..%5C..%5Cx.txt"] = "x.txt",
    } do
      assert.equal(name, disposition.name(header), header)
    end
  end)

  it("gives nothing for what is no name", function()
    for _, header in ipairs {
      "", "inline", "attachment; filename=", 'attachment; filename=""', 'attachment; filename=".."',
      'attachment; filename="."', 'attachment; filename="a/"', "attachment; filename*=UTF-8''", "notfilename=x",
    } do
      assert.is_nil(disposition.name(header), header)
    end
    assert.is_nil(disposition.name(nil))
  end)
end)
