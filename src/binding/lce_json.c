/* A lua-cjson of our own, so that nobody's settings are read or changed. Two lua-cjsons are in use
 * and lose different things: what the loaded one loses is found by trying. */
#include "lce.h"

#include <langinfo.h>
#include <string.h>

/* Every integer of so many digits is a double, too. */
#define DOUBLE_DIGITS 15

/* ---------------------------------------------------------------- probing */

/* Calls instance[name](...) with the `arguments` on top; pops them, and leaves one result or, on
 * false, nothing. */
static bool try_call(lua_State *L, int instance, const char *name, int arguments) {
  lua_getfield(L, instance, name);
  lua_insert(L, -(arguments + 1));
  if(lua_pcall(L, arguments, 1, 0) == 0)
    return true;
  lua_pop(L, 1);
  return false;
}

static void try_set(lua_State *L, int instance, const char *name, int value) {
  lua_pushinteger(L, value);
  if(try_call(L, instance, name, 1))
    lua_pop(L, 1);
}

static void try_switch(lua_State *L, int instance, const char *name, bool value) {
  lua_pushboolean(L, value);
  if(try_call(L, instance, name, 1))
    lua_pop(L, 1);
}

static void probe_precision(lua_State *L, int instance, struct lce_json *json) {
  static const int digits[] = {17, 16, 14};
  size_t i;
  json->precision = 14;
  for(i = 0; i < sizeof digits / sizeof digits[0]; i++) {
    lua_pushinteger(L, digits[i]);
    if(try_call(L, instance, "encode_number_precision", 1)) {
      lua_pop(L, 1);
      json->precision = digits[i];
      return;
    }
  }
}

static bool encodes_to(lua_State *L, int instance, const char *expected) {
  bool same;
  if(!try_call(L, instance, "encode", 1))
    return false;
  same = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), expected) == 0;
  lua_pop(L, 1);
  return same;
}

static void probe_integers(lua_State *L, int instance, struct lce_json *json) {
  json->max_digits = DOUBLE_DIGITS;
  json->convert_integers = LCE_HAS_INTEGERS;
  json->encodes_integers = false;
#if LCE_HAS_INTEGERS
  lua_pushliteral(L, "123456789012345678");
  if(try_call(L, instance, "decode", 1)) {
    if(lce_isinteger(L, -1)) {
      json->max_digits = 18; /* any 18 digits fit 64 bits */
      json->convert_integers = false;
    }
    lua_pop(L, 1);
  }
  lua_pushinteger(L, 9223372036854775807);
  json->encodes_integers = encodes_to(L, instance, "9223372036854775807");
#else
  (void)L;
  (void)instance;
#endif
}

/* Pushes the metatable that tells arrays from objects. */
static void probe_arrays(lua_State *L, int instance, struct lce_json *json) {
  json->encodes_empty_array = false;
  json->tag_arrays = true;
  lua_getfield(L, instance, "array_mt");
  if(lua_istable(L, -1)) {
    lua_newtable(L);
    lua_pushvalue(L, -2);
    lua_setmetatable(L, -2);
    json->encodes_empty_array = encodes_to(L, instance, "[]");
    lua_pushboolean(L, true);
    if(try_call(L, instance, "decode_array_with_array_mt", 1)) {
      lua_pop(L, 1);
      lua_pushliteral(L, "[]");
      if(try_call(L, instance, "decode", 1)) {
        json->tag_arrays = !lua_getmetatable(L, -1);
        lua_pop(L, json->tag_arrays ? 1 : 2);
      }
    }
    if(json->encodes_empty_array)
      return;
  }
  lua_pop(L, 1);
  json->tag_arrays = true;
  lua_newtable(L);
}

/* Pushes a private lua-cjson. */
static void new_cjson(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "cjson");
  if(lua_pcall(L, 1, 1, 0) != 0)
    luaL_error(L,
               "celements needs lua-cjson: 'luarocks install lua-cjson', or Debian's package "
               "lua-cjson (%s)",
               lua_tostring(L, -1));
  lua_getfield(L, -1, "new");
  lua_call(L, 0, 1);
  lua_remove(L, -2);
}

void lce_json_open(lua_State *L) {
  struct lce_state *state = lua_newuserdata(L, sizeof *state);
  struct lce_json *json = &state->json;
  int codec;
  int instance;
  memset(state, 0, sizeof *state);
  lua_newtable(L);
  codec = lua_gettop(L);
  json->point = *nl_langinfo(RADIXCHAR);
  new_cjson(L);
  instance = lua_gettop(L);
  try_switch(L, instance, "decode_invalid_numbers", false);
  try_switch(L, instance, "encode_invalid_numbers", false);
  try_set(L, instance, "decode_max_depth", LCE_MAX_DEPTH);
  try_set(L, instance, "encode_max_depth", LCE_MAX_DEPTH);
  probe_precision(L, instance, json);
  probe_integers(L, instance, json);
  probe_arrays(L, instance, json);
  lua_rawseti(L, codec, LCE_SHARED_ARRAY);
  lua_getfield(L, instance, "new");
  lua_rawseti(L, codec, LCE_SHARED_NEW);
  lua_getfield(L, instance, "decode");
  lua_rawseti(L, codec, LCE_SHARED_DECODE);
  lua_getfield(L, instance, "encode");
  lua_rawseti(L, codec, LCE_SHARED_ENCODE);
  lua_settop(L, codec);
}

/* ---------------------------------------------------------------- calling */

/* lua-cjson 2.1.0 asks for the locale's decimal point only when an instance is made, for all of
 * them. It aborts for one of several bytes. */
static void follow_locale(lua_State *L, struct lce_json *json) {
  const char *point = nl_langinfo(RADIXCHAR);
  if(*point == json->point || !*point || point[1])
    return;
  lce_push_shared(L, LCE_SHARED_NEW);
  lua_call(L, 0, 0);
  json->point = *point;
}

/* Pushes what the function makes of the value, or its complaint. */
static int run(lua_State *L, int function, int value) {
  lce_push_shared(L, function);
  lua_pushvalue(L, value);
  return lua_pcall(L, 1, 1, 0);
}

bool lce_json_call(lua_State *L, int function, int value) {
  int code;
  follow_locale(L, lce_json_of(L));
  code = run(L, function, value);
  if(code == 0)
    return true;
  code = run(L, function, value);
  if(code == LUA_ERRMEM)
    lua_error(L);
  if(code == 0) { /* so it was a signal's hook, a finaliser or a want of memory that raised */
    lua_pop(L, 1);
    lua_error(L);
  }
  lua_remove(L, -2);
  return false;
}

/* ---------------------------------------------------------------- decoding */

static bool is_worth_restoring(const struct lce_json *json, const char *text, size_t length) {
  return json->tag_arrays || json->convert_integers ||
         celements_json_has_large_number(text, length, json->max_digits);
}

bool lce_json_decode(lua_State *L, const char *text, size_t length) {
  struct lce_json *json = lce_json_of(L);
  const char *nul = memchr(text, '\0', length);
  if(nul) { /* lua-cjson 2.1.0 would take it for the end */
    lua_pushfstring(L, "Found a NUL character at character %d", (int)(nul - text) + 1);
    return false;
  }
  lua_pushlstring(L, text, length);
  if(!lce_json_call(L, LCE_SHARED_DECODE, lua_gettop(L))) {
    lua_remove(L, -2);
    return false;
  }
  lua_remove(L, -2);
  if(is_worth_restoring(json, text, length)) {
    lce_push_shared(L, LCE_SHARED_ARRAY);
    lua_insert(L, -2);
    lce_json_restore(L, json, lua_gettop(L) - 1, text, length);
    lua_remove(L, -2);
  }
  return true;
}

/* core.decode(text): the value, or nil and why not. */
int lce_decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  if(lce_json_decode(L, text, length))
    return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}
