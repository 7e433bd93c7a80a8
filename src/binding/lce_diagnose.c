#include "lce.h"

static void push_finding(lua_State *L, const struct celements_finding *finding) {
  char text[300];
  lua_createtable(L, 0, 5);
  lua_pushinteger(L, (lua_Integer)finding->line);
  lua_setfield(L, -2, "line");
  lua_pushinteger(L, (lua_Integer)finding->column);
  lua_setfield(L, -2, "column");
  celements_finding_message(finding, text, sizeof text);
  lua_pushstring(L, text);
  lua_setfield(L, -2, "message");
  celements_finding_mend(finding, text, sizeof text);
  lua_pushstring(L, text);
  lua_setfield(L, -2, "mend");
  if(finding->fault == CELEMENTS_FAULT_PLACEHOLDER) {
    lua_pushstring(L, finding->detail);
    lua_setfield(L, -2, "placeholder");
  }
}

/* core.diagnose(text): what is wrong with the document, a list of { line, column, message, mend,
 * placeholder }, and whether there may be more; nil if the text is too long. */
int lce_diagnose(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  struct celements_findings findings;
  celements_status status = celements_diagnose(text, length, &findings);
  size_t i;
  if(status == CELEMENTS_TOO_BIG) {
    lua_pushnil(L);
    return 1;
  }
  if(status)
    return lce_raise(L, status);
  lua_newtable(L);
  for(i = 0; i < findings.count; i++) {
    push_finding(L, &findings.list[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_pushboolean(L, findings.more);
  return 2;
}
