/* From Lua arguments to the description of a call. */
#include "lce_request.h"

#include <string.h>

/* What is at fault: a header, whose name is to follow. */
static const char HEADER[] = "header";

int lce_refuse(lua_State *L, const char *what, celements_status status) {
  if(status == CELEMENTS_NOMEM)
    return lce_raise(L, status);
  lua_pushnil(L);
  lua_pushstring(L, what);
  lua_pushstring(L, celements_status_text(status));
  return 3;
}

/* What is none is not made one: that could run a finaliser, which may close the carrier. */
static bool is_string(lua_State *L, int index) { return lua_type(L, index) == LUA_TSTRING; }

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
    luaL_argcheck(L, is_string(L, -2) && is_string(L, -1), list,
                  "names and values must be strings");
    name = lua_tolstring(L, -2, &name_length);
    value = lua_tolstring(L, -1, &value_length);
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
    luaL_argcheck(L, is_string(L, -2) && is_string(L, -1), map, "names and values must be strings");
    name = lua_tolstring(L, -2, &name_length);
    value = lua_tolstring(L, -1, &value_length);
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

static enum lce_options read_body(lua_State *L, int index) {
  lua_pushvalue(L, index);
  lua_replace(L, LCE_BODY);
  return lua_istable(L, LCE_BODY) || lua_type(L, LCE_BODY) == LUA_TSTRING ? LCE_OPTIONS_READ
                                                                          : LCE_OPTIONS_WRONG;
}

/* Of a table with a metatable, which may have them from another one. */
static enum lce_options read_by_name(lua_State *L, struct lce_limits *limits) {
  enum lce_options body = LCE_OPTIONS_READ;
  lua_getfield(L, LCE_ARG_OPTIONS, "body");
  if(!lua_isnil(L, -1))
    body = read_body(L, -1);
  lua_pop(L, 1);
  if(lce_read_limits(L, LCE_ARG_OPTIONS, limits) || body == LCE_OPTIONS_WRONG)
    return LCE_OPTIONS_WRONG;
  return LCE_OPTIONS_MORE;
}

static enum lce_options read_all(lua_State *L, struct lce_limits *limits) {
  enum lce_options most = LCE_OPTIONS_READ;
  lua_pushnil(L);
  while(lua_next(L, LCE_ARG_OPTIONS)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    enum lce_options option = LCE_OPTIONS_MORE;
    int limit;
    if(strcmp(name, "body") == 0)
      option = read_body(L, -1);
    else if((limit = lce_limit_named(name)) < LCE_LIMITS)
      option = lce_read_limit(L, -1, limit, limits) ? LCE_OPTIONS_READ : LCE_OPTIONS_WRONG;
    if(option > most)
      most = option;
    lua_pop(L, 1);
  }
  return most;
}

enum lce_options lce_read_options(lua_State *L, struct lce_limits *limits) {
  memset(limits, 0, sizeof *limits);
  lua_settop(L, LCE_ARG_LAST);
  lua_pushnil(L);
  lua_replace(L, LCE_BODY);
  if(lua_isnil(L, LCE_ARG_OPTIONS))
    return LCE_OPTIONS_READ;
  if(!lua_istable(L, LCE_ARG_OPTIONS))
    return LCE_OPTIONS_WRONG;
  if(!lua_getmetatable(L, LCE_ARG_OPTIONS))
    return read_all(L, limits);
  lua_pop(L, 1);
  return read_by_name(L, limits);
}

void lce_check_options(lua_State *L, struct lce_limits *limits) {
  if(lce_read_options(L, limits) == LCE_OPTIONS_WRONG)
    luaL_argerror(L, LCE_ARG_OPTIONS, "a body is a string or a table, a limit a positive number");
}

/* Says what is at fault in `what`; the name of a header is on top then. */
static celements_status describe(lua_State *L, celements_request *request,
                                 const struct lce_limits *limits, char *method_out,
                                 const char **what) {
  const struct lce_target *target = lua_touserdata(L, LCE_ARG_TARGET);
  size_t path_length;
  size_t body_length;
  size_t method_length;
  const char *method = lua_tolstring(L, LCE_ARG_METHOD, &method_length);
  const char *path = lua_tolstring(L, LCE_ARG_PATH, &path_length);
  celements_status status;
  *what = "engine";
  if(!target->target)
    return CELEMENTS_CLOSED;
  *what = "method";
  if(strlen(method) != method_length)
    return CELEMENTS_BAD_METHOD;
  status = celements_request_start(request, target->target, method, path, path_length);
  if(status) {
    *what = status == CELEMENTS_BAD_METHOD ? "method" : "path";
    return status;
  }
  if(!lua_isnil(L, LCE_ARG_QUERY)) {
    *what = "query";
    status = add_query(L, request, LCE_ARG_QUERY);
    if(status)
      return status;
  }
  if(!lua_isnil(L, LCE_ARG_HEADERS)) {
    *what = HEADER;
    status = add_headers(L, request, LCE_ARG_HEADERS);
    if(status)
      return status;
  }
  if(!lua_isnil(L, LCE_BODY)) {
    const char *body = lua_tolstring(L, LCE_BODY, &body_length);
    celements_request_body(request, body, body_length);
  }
  if(!lua_isnil(L, LCE_ARG_STREAM)) {
    *what = "header Content-Type";
    status = celements_request_stream(request, lce_opt_stream(L, LCE_ARG_STREAM));
    if(status)
      return status;
  }
  memccpy(method_out, method, '\0', LCE_METHOD_SIZE - 1);
  lce_apply_limits(request, limits, &target->limits);
  return CELEMENTS_OK;
}

int lce_describe(lua_State *L, celements_request *request, const struct lce_limits *limits,
                 char *method) {
  const char *what;
  celements_status status = describe(L, request, limits, method, &what);
  if(!status)
    return 0;
  /* The secrets are not to wait there. And what is pushed may run a finaliser, which may close the
   * carrier, and the description with it. */
  celements_request_forget(request);
  return lce_refuse(L, what == HEADER ? lua_pushfstring(L, "header %s", lua_tostring(L, -1)) : what,
                    status);
}

int lce_prepare(lua_State *L) {
  lce_check(L, LCE_ARG_TARGET, LCE_TARGET, LCE_SHARED_TARGET);
  if(!lua_isnil(L, LCE_ARG_QUERY))
    luaL_checktype(L, LCE_ARG_QUERY, LUA_TTABLE);
  if(!lua_isnil(L, LCE_ARG_HEADERS))
    luaL_checktype(L, LCE_ARG_HEADERS, LUA_TTABLE);
  if(lua_type(L, LCE_ARG_METHOD) != LUA_TSTRING)
    return refuse_type(L, "method", LCE_ARG_METHOD);
  if(lua_type(L, LCE_ARG_PATH) != LUA_TSTRING)
    return refuse_type(L, "path", LCE_ARG_PATH);
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
