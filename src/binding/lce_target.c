#include "lce.h"

#include <string.h>

struct target {
  celements_target *target; /* NULL when closed */
};

static struct target *check(lua_State *L) { return luaL_checkudata(L, 1, LCE_TARGET); }

celements_target *lce_check_target(lua_State *L, int index) {
  struct target *self = luaL_checkudata(L, index, LCE_TARGET);
  luaL_argcheck(L, self->target, index, "closed");
  return self->target;
}

static struct target *new_target(lua_State *L) {
  struct target *self = lua_newuserdata(L, sizeof *self);
  self->target = NULL;
  luaL_getmetatable(L, LCE_TARGET);
  lua_setmetatable(L, -2);
  return self;
}

/* A string with a NUL inside would be cut short on its way to libcurl. */
static const char *opt_text(lua_State *L, int index, const char *field) {
  size_t length;
  const char *text;
  lua_getfield(L, index, field);
  if(lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return NULL;
  }
  text = lua_tolstring(L, -1, &length);
  if(!text) {
    luaL_error(L, "%s must be a string", field);
    return NULL;
  }
  if(strlen(text) != length)
    luaL_error(L, "%s must hold no NUL character", field);
  return text; /* the value stays on the stack, so it stays alive */
}

static int fail(lua_State *L, celements_status status, const char *field) {
  if(status == CELEMENTS_BAD_URL || status == CELEMENTS_BAD_SECRET || status == CELEMENTS_TOO_BIG) {
    lua_pushnil(L);
    lua_pushstring(L, field);
    lua_pushstring(L, celements_status_text(status));
    return 3;
  }
  return lce_raise(L, status);
}

/* core.target { base_url =, user_secret =, organization_secret =, element_token =, ca_file =, proxy
 * = } gives a target, or nil, the field at fault and why. */
int lce_target(lua_State *L) {
  struct celements_target_options options;
  celements_status status;
  const char *field = "";
  struct target *self;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  self = new_target(L);
  options.base_url = opt_text(L, 1, "base_url");
  options.user_secret = opt_text(L, 1, "user_secret");
  options.organization_secret = opt_text(L, 1, "organization_secret");
  options.element_token = opt_text(L, 1, "element_token");
  options.ca_file = opt_text(L, 1, "ca_file");
  options.proxy = opt_text(L, 1, "proxy");
  status = celements_target_new(&self->target, &options, &field);
  if(status)
    return fail(L, status, field);
  lua_settop(L, 2);
  return 1;
}

static int with_token(lua_State *L) {
  celements_target *from = lce_check_target(L, 1);
  size_t length;
  const char *token = luaL_checklstring(L, 2, &length);
  struct target *self = new_target(L);
  celements_status status = CELEMENTS_BAD_SECRET;
  if(strlen(token) == length)
    status = celements_target_with_token(&self->target, from, token);
  return status ? fail(L, status, "element_token") : 1;
}

static int base_url(lua_State *L) {
  lua_pushstring(L, celements_target_base_url(lce_check_target(L, 1)));
  return 1;
}

/* target:redact(text): the text without the target's secrets. */
static int redact(lua_State *L) {
  const celements_target *target = lce_check_target(L, 1);
  struct lce_json *json = lce_json_of(L);
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  celements_status status;
  celements_buffer_clear(json->buffer);
  status = celements_target_redact(target, text, length, json->buffer);
  if(status)
    return lce_raise(L, status);
  text = celements_buffer_data(json->buffer, &length);
  lua_pushlstring(L, text, length);
  return 1;
}

static int close_target(lua_State *L) {
  struct target *self = check(L);
  celements_target_unref(self->target);
  self->target = NULL;
  return 0;
}

static int to_string(lua_State *L) {
  const struct target *self = check(L);
  if(self->target)
    lua_pushfstring(L, LCE_TARGET " (%s)", celements_target_base_url(self->target));
  else
    lua_pushliteral(L, LCE_TARGET " (closed)");
  return 1;
}

void lce_target_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"with_token", with_token}, {"base_url", base_url},
                                       {"redact", redact},         {"close", close_target},
                                       {"__gc", close_target},     {"__close", close_target},
                                       {"__tostring", to_string},  {NULL, NULL}};
  lce_class(L, LCE_TARGET, functions);
}
