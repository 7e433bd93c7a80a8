/*
 * Giving back what a decoder lost. The text and the decoded value are walked together, in the order
 * of the text: it still tells 1 from 1.0, all the digits of a long integer, and [] from {}. The
 * decoder has accepted the text, so nothing of it is judged here, only its end is minded.
 *
 * Every answer comes through here, so what needs no repair (most of it) is passed over without a
 * word to Lua.
 */
#include "lce.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every integer of so many characters fits 64 bits. */
#define SHORT_INTEGER 18

struct walk {
  const struct lce_json *json;
  const char *at;
  const char *end;
  int array; /* index of the arrays' metatable */
};

/* Where a value stands: a name or an index of the table at `table`, or nowhere (0). */
struct place {
  int table;
  const char *name; /* with its quotes; NULL for an index */
  size_t name_length;
  int index;
};

static void walk_value(lua_State *L, struct walk *walk, const struct place *place);

static bool is_in_number(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* The next character that is no blank, or NUL at the end. */
static inline char peek(struct walk *walk) {
  while(walk->at < walk->end) {
    char c = *walk->at;
    if(c > ' ')
      return c;
    walk->at++;
  }
  return '\0';
}

/* Most strings hold no escaped quote, so that the next quote ends them. */
static inline void pass_string(struct walk *walk) {
  const char *quote = memchr(walk->at + 1, '"', (size_t)(walk->end - walk->at - 1));
  if(quote && quote[-1] != '\\')
    walk->at = quote + 1;
  else
    walk->at = celements_json_skip_string(walk->at, walk->end);
}

/* Pushes the key of the place. */
static void push_key(lua_State *L, const struct place *place) {
  if(!place->name) {
    lua_pushinteger(L, place->index);
  } else if(memchr(place->name, '\\', place->name_length)) {
    lce_push_shared(L, LCE_SHARED_DECODE);
    lua_pushlstring(L, place->name, place->name_length);
    lua_call(L, 1, 1);
  } else {
    lua_pushlstring(L, place->name + 1, place->name_length - 2);
  }
}

/* Pushes the value at the place; nil for none. */
static void push_value(lua_State *L, const struct place *place) {
  if(!place->table) {
    lua_pushnil(L);
    return;
  }
  push_key(L, place);
  lua_rawget(L, place->table);
}

/* Replaces the number on top by the integer of these digits, or by the digits themselves where this
 * Lua has no such integer. False if the number was not made of them: of a name that stands twice
 * the decoder kept the last, which may be another value. */
static bool replace_short(lua_State *L, const char *text, size_t length) {
  bool negative = *text == '-';
  long long integer = 0;
  size_t i;
  for(i = negative; i < length; i++)
    integer = integer * 10 + (text[i] - '0');
  if(negative)
    integer = -integer;
  if(lua_tonumber(L, -1) != (lua_Number)integer)
    return false;
#if LCE_HAS_INTEGERS
  lua_pop(L, 1);
  lua_pushinteger(L, integer);
#else
  if(integer > LCE_DOUBLE_EXACT || integer < -LCE_DOUBLE_EXACT) {
    lua_pop(L, 1);
    lua_pushlstring(L, text, length);
  }
#endif
  return true;
}

static bool replace_long(lua_State *L, const char *text, size_t length) {
  long long integer;
  bool same;
  lua_pushlstring(L, text, length);
  errno = 0;
  integer = strtoll(lua_tostring(L, -1), NULL, 10); /* clamped, as a decoder may have done */
  if(lce_isinteger(L, -2))
    same = lua_tointeger(L, -2) == integer;
  else
    same = lua_tonumber(L, -2) == strtod(lua_tostring(L, -1), NULL) ||
           lua_tonumber(L, -2) == (lua_Number)integer;
#if LCE_HAS_INTEGERS
  if(errno == 0) {
    lua_pop(L, 1);
    lua_pushinteger(L, integer);
  }
#endif
  lua_remove(L, -2);
  return same;
}

static void restore_integer(lua_State *L, const struct place *place, const char *text,
                            size_t length) {
  push_key(L, place);
  lua_pushvalue(L, -1);
  lua_rawget(L, place->table);
  if(lua_type(L, -1) == LUA_TNUMBER &&
     (length <= SHORT_INTEGER ? replace_short(L, text, length) : replace_long(L, text, length)))
    lua_rawset(L, place->table);
  else
    lua_pop(L, 2);
}

/* A number beyond every double comes back as its digits, not as infinity. */
static void restore_huge(lua_State *L, const struct place *place, const char *text, size_t length) {
  push_key(L, place);
  lua_pushvalue(L, -1);
  lua_rawget(L, place->table);
  if(lua_type(L, -1) == LUA_TNUMBER && fabs(lua_tonumber(L, -1)) > DBL_MAX) {
    lua_pop(L, 1);
    lua_pushlstring(L, text, length);
    lua_rawset(L, place->table);
  } else {
    lua_pop(L, 2);
  }
}

static void walk_number(lua_State *L, struct walk *walk, const struct place *place) {
  const char *start = walk->at;
  bool integer = true;
  bool huge = false;
  size_t length;
  for(; walk->at < walk->end && is_in_number(*walk->at); walk->at++) {
    if(*walk->at == '.')
      integer = false;
    if(*walk->at == 'e' || *walk->at == 'E')
      huge = true; /* or tiny */
  }
  length = (size_t)(walk->at - start);
  if(!place->table)
    return;
  if(huge || (!integer && length > DBL_MAX_10_EXP))
    restore_huge(L, place, start, length);
  else if(integer && (walk->json->convert_integers || length > walk->json->max_digits))
    restore_integer(L, place, start, length);
}

static void walk_object(lua_State *L, struct walk *walk, int table) {
  struct place place = {table, NULL, 0, 0};
  if(table && walk->json->tag_arrays && lua_getmetatable(L, table)) {
    lua_pop(L, 1); /* tagged for an array of the same name, which the decoder did not keep */
    lua_pushnil(L);
    lua_setmetatable(L, table);
  }
  walk->at++;
  while(peek(walk) == '"') {
    place.name = walk->at;
    pass_string(walk);
    place.name_length = (size_t)(walk->at - place.name);
    peek(walk);
    walk->at++; /* the colon */
    if(peek(walk) == '"')
      pass_string(walk);
    else
      walk_value(L, walk, &place);
    if(peek(walk) == ',')
      walk->at++;
  }
  walk->at++;
}

static void walk_array(lua_State *L, struct walk *walk, int table) {
  struct place place = {table, NULL, 0, 0};
  walk->at++;
  while(peek(walk) != ']' && walk->at < walk->end) {
    place.index++;
    walk_value(L, walk, &place);
    if(peek(walk) == ',')
      walk->at++;
  }
  walk->at++;
  if(table && walk->json->tag_arrays) {
    lua_pushvalue(L, walk->array);
    lua_setmetatable(L, table);
  }
}

static void walk_container(lua_State *L, struct walk *walk, const struct place *place,
                           void (*inside)(lua_State *, struct walk *, int)) {
  if(!lua_checkstack(L, 8))
    luaL_error(L, "JSON nested too deeply");
  push_value(L, place);
  inside(L, walk, lua_istable(L, -1) ? lua_gettop(L) : 0);
  lua_pop(L, 1);
}

static void walk_value(lua_State *L, struct walk *walk, const struct place *place) {
  switch(peek(walk)) {
  case '"':
    pass_string(walk);
    break;
  case '{':
    walk_container(L, walk, place, walk_object);
    break;
  case '[':
    walk_container(L, walk, place, walk_array);
    break;
  case 't':
  case 'n':
    walk->at += 4;
    break;
  case 'f':
    walk->at += 5;
    break;
  default:
    walk_number(L, walk, place);
    break;
  }
}

/* A number or string has no table around it to be replaced in, so it gets one. */
static void restore_scalar(lua_State *L, struct walk *walk) {
  struct place place = {0, NULL, 0, 1};
  lua_createtable(L, 1, 0);
  lua_insert(L, -2);
  place.table = lua_gettop(L) - 1;
  lua_rawseti(L, place.table, 1);
  walk_value(L, walk, &place);
  lua_rawgeti(L, place.table, 1);
  lua_remove(L, place.table);
}

void lce_json_restore(lua_State *L, const struct lce_json *json, int array, const char *text,
                      size_t length) {
  struct walk walk = {json, text, text + length, array};
  char first = peek(&walk);
  if(first == '{')
    walk_object(L, &walk, lua_gettop(L));
  else if(first == '[')
    walk_array(L, &walk, lua_gettop(L));
  else
    restore_scalar(L, &walk);
}
