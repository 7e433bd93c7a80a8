rockspec_format = "3.0"
package = "celements"
version = "scm-1"
source = {
  url = "git+file:.",
}
description = {
  summary = "Provision Cloud Elements instances and call them, from Lua, over libcurl",
  detailed = [[
    A C module over libcurl's multi interface that provisions element instances (POST /instances) and calls
    their hubs with the element token. Nothing is sent twice, no digit is lost, every error says what to do.
    Lua 5.1 to 5.4 and LuaJIT. A sandbox of the API for tests comes with it.
  ]],
  license = "MIT",
  labels = { "http", "api", "curl" },
}
supported_platforms = { "unix" }
dependencies = {
  "lua >= 5.1, < 5.5",
  "lua-cjson >= 2.1.0",
}
-- The library is asked for, not the header: on multiarch systems the header stands in a folder that the compiler
-- searches and LuaRocks does not.
external_dependencies = {
  CURL = { library = "curl" },
}
build = {
  type = "builtin",
  modules = {
    ["celements.catalogue"] = "lua/celements/catalogue.lua",
    ["celements.catalogue.data"] = "lua/celements/catalogue/data.lua",
    ["celements.client"] = "lua/celements/client.lua",
    ["celements.configuration"] = "lua/celements/configuration.lua",
    ["celements.configuration.properties"] = "lua/celements/configuration/properties.lua",
    ["celements.configuration.refusal"] = "lua/celements/configuration/refusal.lua",
    ["celements.context"] = "lua/celements/context.lua",
    ["celements.document"] = "lua/celements/document.lua",
    ["celements.errors"] = "lua/celements/errors.lua",
    ["celements"] = "lua/celements/init.lua",
    ["celements.instances"] = "lua/celements/instances.lua",
    ["celements.options"] = "lua/celements/options.lua",
    ["celements.pages"] = "lua/celements/pages.lua",
    ["celements.parameters"] = "lua/celements/parameters.lua",
    ["celements.redact"] = "lua/celements/redact.lua",
    ["celements.request"] = "lua/celements/request.lua",
    ["celements.runtime.plain"] = "lua/celements/runtime/plain.lua",
    ["celements.sandbox.app"] = "lua/celements/sandbox/app.lua",
    ["celements.sandbox.auth"] = "lua/celements/sandbox/auth.lua",
    ["celements.sandbox.base64"] = "lua/celements/sandbox/base64.lua",
    ["celements.sandbox.body"] = "lua/celements/sandbox/body.lua",
    ["celements.sandbox.catalogue"] = "lua/celements/sandbox/catalogue.lua",
    ["celements.sandbox.ceql"] = "lua/celements/sandbox/ceql.lua",
    ["celements.sandbox.certificate"] = "lua/celements/sandbox/certificate.lua",
    ["celements.sandbox.configuration"] = "lua/celements/sandbox/configuration.lua",
    ["celements.sandbox.control"] = "lua/celements/sandbox/control.lua",
    ["celements.sandbox.elements"] = "lua/celements/sandbox/elements.lua",
    ["celements.sandbox.entries"] = "lua/celements/sandbox/entries.lua",
    ["celements.sandbox.faults"] = "lua/celements/sandbox/faults.lua",
    ["celements.sandbox.hubs"] = "lua/celements/sandbox/hubs.lua",
    ["celements.sandbox"] = "lua/celements/sandbox/init.lua",
    ["celements.sandbox.instances"] = "lua/celements/sandbox/instances.lua",
    ["celements.sandbox.journal"] = "lua/celements/sandbox/journal.lua",
    ["celements.sandbox.json"] = "lua/celements/sandbox/json.lua",
    ["celements.sandbox.json_syntax"] = "lua/celements/sandbox/json_syntax.lua",
    ["celements.sandbox.locate"] = "lua/celements/sandbox/locate.lua",
    ["celements.sandbox.main"] = "lua/celements/sandbox/main.lua",
    ["celements.sandbox.messages"] = "lua/celements/sandbox/messages.lua",
    ["celements.sandbox.nginx"] = "lua/celements/sandbox/nginx.lua",
    ["celements.sandbox.paging"] = "lua/celements/sandbox/paging.lua",
    ["celements.sandbox.ports"] = "lua/celements/sandbox/ports.lua",
    ["celements.sandbox.random"] = "lua/celements/sandbox/random.lua",
    ["celements.sandbox.reply"] = "lua/celements/sandbox/reply.lua",
    ["celements.sandbox.request"] = "lua/celements/sandbox/request.lua",
    ["celements.sandbox.reserved"] = "lua/celements/sandbox/reserved.lua",
    ["celements.sandbox.routes"] = "lua/celements/sandbox/routes.lua",
    ["celements.sandbox.server"] = "lua/celements/sandbox/server.lua",
    ["celements.sandbox.shell"] = "lua/celements/sandbox/shell.lua",
    ["celements.sandbox.state"] = "lua/celements/sandbox/state.lua",
    ["celements.sandbox.switches"] = "lua/celements/sandbox/switches.lua",
    ["celements.sandbox.template"] = "lua/celements/sandbox/template.lua",
    ["celements.sandbox.view"] = "lua/celements/sandbox/view.lua",
    ["celements.sandbox.wire"] = "lua/celements/sandbox/wire.lua",
    ["celements.session"] = "lua/celements/session.lua",
    ["celements.core"] = {
      sources = {
        "src/core/ce_alloc.c",
        "src/core/ce_buf.c",
        "src/core/ce_engine.c",
        "src/core/ce_epoll.c",
        "src/core/ce_json.c",
        "src/core/ce_kqueue.c",
        "src/core/ce_poller.c",
        "src/core/ce_request.c",
        "src/core/ce_response.c",
        "src/core/ce_retry.c",
        "src/core/ce_slots.c",
        "src/core/ce_status.c",
        "src/core/ce_target.c",
        "src/core/ce_transfer.c",
        "src/binding/lce_buffer.c",
        "src/binding/lce_call.c",
        "src/binding/lce_encode.c",
        "src/binding/lce_engine.c",
        "src/binding/lce_json.c",
        "src/binding/lce_module.c",
        "src/binding/lce_restore.c",
        "src/binding/lce_target.c",
      },
      defines = { "_GNU_SOURCE" },
      incdirs = { "src/core", "$(CURL_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)" },
      libraries = { "curl", "pthread" },
    },
  },
}
