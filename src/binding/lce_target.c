#include "lce_target.h"

#include <limits.h>
#include <string.h>

static struct lce_target *check(lua_State *L) {
  return lce_check(L, 1, LCE_TARGET, LCE_SHARED_TARGET);
}

/* A finaliser may close it: to be asked again after what may run one. */
static const struct lce_target *check_open(lua_State *L) {
  const struct lce_target *self = check(L);
  luaL_argcheck(L, self->target, 1, "closed");
  return self;
}

static struct lce_target *new_target(lua_State *L) {
  return lce_new(L, sizeof(struct lce_target), LCE_SHARED_TARGET);
}

/* Where an option's text goes. */
struct field {
  const char *name;
  const char **text;
};

/* Reads an option of the table at 1 and leaves it on the stack, so that it stays alive. Returns why
 * it cannot be used, or NULL. */
static const char *read_field(lua_State *L, const struct field *field) {
  size_t length;
  *field->text = NULL;
  lua_getfield(L, 1, field->name);
  if(lua_isnil(L, -1))
    return NULL;
  *field->text = lua_tolstring(L, -1, &length);
  if(!*field->text)
    return "must be a string";
  if(strlen(*field->text) != length)
    return "must hold no NUL character"; /* it would be cut short on its way to libcurl */
  return NULL;
}

/* A number from 0 on of the table at 1; 0 for none. */
static lua_Number read_number(lua_State *L, const char *name) {
  lua_Number number;
  lua_getfield(L, 1, name);
  number = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return number > 0 ? number : 0;
}

static unsigned read_count(lua_State *L, const char *name) {
  lua_Number number = read_number(L, name);
  return number < INT_MAX ? (unsigned)number : INT_MAX;
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

/* core.target { base_url =, user_secret =, organization_secret =, element_token =, ca_file =,
 * proxy =, http2 =, max_in_flight =, rate =, burst =, timed =, and the limits of its calls } gives
 * a target, or nil, the field at fault and why. `http2` is false for HTTP/1.1 only; numbers are as
 * in celements.h and lce_limits.h. */
int lce_target(lua_State *L) {
  struct celements_target_options options;
  const struct field fields[] = {{"base_url", &options.base_url},
                                 {"user_secret", &options.user_secret},
                                 {"organization_secret", &options.organization_secret},
                                 {"element_token", &options.element_token},
                                 {"ca_file", &options.ca_file},
                                 {"proxy", &options.proxy}};
  celements_status status;
  size_t i;
  const char *field = "";
  const char *fault;
  struct lce_target *self;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  self = new_target(L);
  fault = lce_read_limits(L, 1, &self->limits);
  if(fault)
    return luaL_error(L, "%s must be positive, and whole unless it is a timeout", fault);
  for(i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    const char *why = read_field(L, &fields[i]);
    if(why) {
      lua_pushnil(L);
      lua_pushstring(L, fields[i].name);
      lua_pushstring(L, why);
      return 3;
    }
  }
  lua_getfield(L, 1, "http2");
  options.http1 = lua_isboolean(L, -1) && !lua_toboolean(L, -1);
  lua_getfield(L, 1, "timed");
  options.timed = lua_toboolean(L, -1);
  options.max_in_flight = read_count(L, "max_in_flight");
  options.rate = read_number(L, "rate");
  options.burst = read_count(L, "burst");
  status = celements_target_new(&self->target, &options, &field);
  if(status)
    return fail(L, status, field);
  lua_settop(L, 2);
  return 1;
}

static int with_token(lua_State *L) {
  const struct lce_target *from = check_open(L);
  size_t length;
  const char *token = luaL_checklstring(L, 2, &length);
  struct lce_target *self = new_target(L);
  celements_status status = CELEMENTS_BAD_SECRET;
  check_open(L);
  self->limits = from->limits;
  if(strlen(token) == length)
    status = celements_target_with_token(&self->target, from->target, token);
  return status ? fail(L, status, "element_token") : 1;
}

/* Pushes the base URL; false, and nothing, when closed. What pushes may run a finaliser that closes
 * the target before the text is copied: so a copy is pushed. */
static bool push_base_url(lua_State *L, const struct lce_target *self) {
  celements_buffer *buffer = lce_new_buffer(L);
  const char *text;
  celements_status status;
  if(!self->target) {
    lua_pop(L, 1);
    return false;
  }
  text = celements_target_base_url(self->target);
  status = celements_buffer_append(buffer, text, strlen(text));
  if(status)
    lce_raise(L, status);
  lce_push_buffer(L, buffer);
  return true;
}

static int base_url(lua_State *L) {
  const struct lce_target *self = check_open(L);
  return push_base_url(L, self) ? 1 : luaL_argerror(L, 1, "closed");
}

/* target:redact(text): the text without the target's secrets. One that is closed has forgotten
 * them: then nothing of the text is given. */
static int redact(lua_State *L) {
  const struct lce_target *self = check(L);
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  celements_buffer *buffer = lce_new_buffer(L); /* this may run a finaliser that closes it */
  celements_status status;
  if(!self->target) {
    lua_pushliteral(L, "********");
    return 1;
  }
  status = celements_target_redact(self->target, text, length, buffer);
  if(status)
    return lce_raise(L, status);
  lce_push_buffer(L, buffer);
  return 1;
}

static int close_target(lua_State *L) {
  struct lce_target *self = check(L);
  celements_target_unref(self->target);
  self->target = NULL;
  return 0;
}

static int to_string(lua_State *L) {
  const struct lce_target *self = check(L);
  if(push_base_url(L, self))
    lua_pushfstring(L, LCE_TARGET " (%s)", lua_tostring(L, -1));
  else
    lua_pushliteral(L, LCE_TARGET " (closed)");
  return 1;
}

void lce_target_open(lua_State *L) {
  static const luaL_Reg functions[] = {{"with_token", with_token}, {"base_url", base_url},
                                       {"redact", redact},         {"close", close_target},
                                       {"__gc", close_target},     {"__close", close_target},
                                       {"__tostring", to_string},  {NULL, NULL}};
  lce_class(L, LCE_TARGET, LCE_SHARED_TARGET, functions);
}
