/* From Lua arguments to the description of a call. */
#include "lce_request.h"

#include <string.h>

int lce_refuse(lua_State *L, const char *what, celements_status status) {
  if(status == CELEMENTS_NOMEM)
    return lce_raise(L, status);
  lua_pushnil(L);
  lua_pushstring(L, what);
  lua_pushstring(L, celements_status_text(status));
  return 3;
}

/* Adds the pairs of a flat list { name, value, name, value, … }. */
static celements_status add_query(lua_State *L, celements_request *request, int list) {
  size_t count = lce_rawlen(L, list);
  size_t i;
  for(i = 1; i + 1 <= count; i += 2) {
    size_t name_length;
    size_t value_length;
    const char *name;
    const char *value;
    celements_status status;
    lua_rawgeti(L, list, (int)i);
    lua_rawgeti(L, list, (int)i + 1);
    name = luaL_checklstring(L, -2, &name_length);
    value = luaL_checklstring(L, -1, &value_length);
    status = celements_request_query(request, name, name_length, value, value_length);
    lua_pop(L, 2);
    if(status)
      return status;
  }
  return CELEMENTS_OK;
}

/* On failure, leaves the name of the header at fault on top. */
static celements_status add_headers(lua_State *L, celements_request *request, int map) {
  lua_pushnil(L);
  while(lua_next(L, map)) {
    size_t name_length;
    size_t value_length;
    const char *name;
    const char *value;
    celements_status status;
    luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, map, "header names must be strings");
    name = lua_tolstring(L, -2, &name_length);
    value = luaL_checklstring(L, -1, &value_length);
    status = celements_request_header(request, name, name_length, value, value_length);
    lua_pop(L, 1);
    if(status)
      return status;
  }
  return CELEMENTS_OK;
}

static int refuse_type(lua_State *L, const char *what, int index) {
  lua_pushnil(L);
  lua_pushstring(L, what);
  lua_pushfstring(L, "must be a string, not a %s", luaL_typename(L, index));
  return 3;
}

/* Reads the option on top. */
static enum lce_options read_option(lua_State *L, const char *name, struct lce_limits *limits) {
  int limit;
  if(strcmp(name, "body") == 0) {
    lua_pushvalue(L, -1);
    lua_replace(L, LCE_BODY);
    return lua_istable(L, -1) || lua_type(L, -1) == LUA_TSTRING ? LCE_OPTIONS_READ
                                                                : LCE_OPTIONS_WRONG;
  }
  limit = lce_limit_named(name);
  if(limit == LCE_LIMITS)
    return LCE_OPTIONS_MORE;
  return lce_read_limit(L, -1, limit, limits) ? LCE_OPTIONS_READ : LCE_OPTIONS_WRONG;
}

enum lce_options lce_read_options(lua_State *L, struct lce_limits *limits) {
  enum lce_options most = LCE_OPTIONS_READ;
  memset(limits, 0, sizeof *limits);
  lua_settop(L, LCE_ARG_LAST);
  lua_pushnil(L);
  lua_replace(L, LCE_BODY);
  if(lua_isnil(L, LCE_ARG_OPTIONS))
    return LCE_OPTIONS_READ;
  if(!lua_istable(L, LCE_ARG_OPTIONS))
    return LCE_OPTIONS_WRONG;
  lua_pushnil(L);
  while(lua_next(L, LCE_ARG_OPTIONS)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    enum lce_options option = read_option(L, name, limits);
    if(option > most)
      most = option;
    lua_pop(L, 1);
  }
  return most;
}

void lce_check_options(lua_State *L, struct lce_limits *limits) {
  if(lce_read_options(L, limits) == LCE_OPTIONS_WRONG)
    luaL_argerror(L, LCE_ARG_OPTIONS, "a body is a string or a table, a limit a positive number");
}

static int describe(lua_State *L, celements_request *request, const struct lce_limits *limits,
                    char *method_out) {
  const struct lce_target *target = lce_check_target(L, LCE_ARG_TARGET);
  size_t path_length;
  size_t body_length;
  const char *method;
  size_t method_length;
  const char *path;
  celements_status status;
  if(lua_type(L, LCE_ARG_METHOD) != LUA_TSTRING)
    return refuse_type(L, "method", LCE_ARG_METHOD);
  method = lua_tolstring(L, LCE_ARG_METHOD, &method_length);
  if(strlen(method) != method_length)
    return lce_refuse(L, "method", CELEMENTS_BAD_METHOD);
  if(lua_type(L, LCE_ARG_PATH) != LUA_TSTRING)
    return refuse_type(L, "path", LCE_ARG_PATH);
  path = lua_tolstring(L, LCE_ARG_PATH, &path_length);
  status = celements_request_start(request, target->target, method, path, path_length);
  if(status)
    return lce_refuse(L, status == CELEMENTS_BAD_METHOD ? "method" : "path", status);
  if(!lua_isnil(L, LCE_ARG_QUERY)) {
    luaL_checktype(L, LCE_ARG_QUERY, LUA_TTABLE);
    status = add_query(L, request, LCE_ARG_QUERY);
    if(status)
      return lce_refuse(L, "query", status);
  }
  if(!lua_isnil(L, LCE_ARG_HEADERS)) {
    luaL_checktype(L, LCE_ARG_HEADERS, LUA_TTABLE);
    status = add_headers(L, request, LCE_ARG_HEADERS);
    if(status)
      return lce_refuse(L, lua_pushfstring(L, "header %s", lua_tostring(L, -1)), status);
  }
  if(!lua_isnil(L, LCE_BODY)) {
    const char *body = lua_tolstring(L, LCE_BODY, &body_length);
    celements_request_body(request, body, body_length);
  }
  if(!lua_isnil(L, LCE_ARG_STREAM)) {
    status = celements_request_stream(request, lce_opt_stream(L, LCE_ARG_STREAM));
    if(status)
      return lce_refuse(L, "header Content-Type", status);
  }
  memccpy(method_out, method, '\0', LCE_METHOD_SIZE - 1);
  lce_apply_limits(request, limits, &target->limits);
  return 0;
}

int lce_describe(lua_State *L, celements_request *request, const struct lce_limits *limits,
                 char *method) {
  int refused = describe(L, request, limits, method);
  if(refused)
    celements_request_forget(request); /* the secrets are not to wait there */
  return refused;
}

int lce_encode_body(lua_State *L) {
  if(!lua_istable(L, LCE_BODY))
    return 0;
  if(!lce_json_encode(L, LCE_BODY)) {
    lua_pushnil(L);
    lua_pushliteral(L, "body");
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -5);
    return 4;
  }
  lua_replace(L, LCE_BODY);
  return 0;
}
