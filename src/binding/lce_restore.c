/*
 * Giving back what a decoder lost. The text and the decoded value are walked together, in the order
 * of the text: it still tells 1 from 1.0, all the digits of a long integer, and [] from {}. The
 * decoder has accepted the text, so nothing of it is judged here.
 */
#include "lce.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

static bool is_in_number(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

static char skip_blanks(struct walk *walk) {
  while(walk->at < walk->end && is_blank(*walk->at))
    walk->at++;
  if(walk->at == walk->end)
    return '\0';
  return *walk->at;
}

/* Pushes the key of the place. */
static void push_key(lua_State *L, const struct place *place) {
  if(!place->name) {
    lua_pushinteger(L, place->index);
  } else if(memchr(place->name, '\\', place->name_length)) {
    lce_push_codec(L, LCE_CODEC_DECODE);
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

/* Pushes the integer that the text writes, or its digits where this Lua has no such integer. */
static void push_integer(lua_State *L, const char *text, size_t length) {
#if LCE_HAS_INTEGERS
  char *end;
  long long integer;
  errno = 0;
  integer = strtoll(text, &end, 10);
  if(errno == 0)
    lua_pushinteger(L, integer);
  else
    lua_pushlstring(L, text, length);
#else
  double number = strtod(text, NULL);
  if(fabs(number) <= LCE_DOUBLE_EXACT)
    lua_pushnumber(L, number);
  else
    lua_pushlstring(L, text, length);
#endif
}

/* Whether the value on top is what a decoder makes of the integer: exact, rounded, or clamped to 64
 * bits. Of a name that stands twice the decoder kept the last, which may be another value. */
static bool is_made_of(lua_State *L, const char *text) {
  if(lua_type(L, -1) != LUA_TNUMBER)
    return false;
#if LCE_HAS_INTEGERS
  if(lua_isinteger(L, -1))
    return lua_tointeger(L, -1) == strtoll(text, NULL, 10);
#endif
  return lua_tonumber(L, -1) == strtod(text, NULL);
}

static void walk_number(lua_State *L, struct walk *walk, const struct place *place) {
  const char *start = walk->at;
  bool integer = true;
  size_t length;
  while(walk->at < walk->end && is_in_number(*walk->at)) {
    if(*walk->at == '.' || *walk->at == 'e' || *walk->at == 'E')
      integer = false;
    walk->at++;
  }
  length = (size_t)(walk->at - start);
  if(!integer || (!walk->json->convert_integers && length <= walk->json->max_digits))
    return;
  if(!place->table)
    return;
  push_key(L, place);
  lua_pushvalue(L, -1);
  lua_rawget(L, place->table);
  if(is_made_of(L, start)) {
    lua_pop(L, 1);
    push_integer(L, start, length);
    lua_rawset(L, place->table);
  } else {
    lua_pop(L, 2);
  }
}

static void walk_object(lua_State *L, struct walk *walk, int table) {
  struct place place = {table, NULL, 0, 0};
  walk->at++;
  while(skip_blanks(walk) == '"') {
    place.name = walk->at;
    walk->at = celements_json_skip_string(walk->at, walk->end);
    place.name_length = (size_t)(walk->at - place.name);
    skip_blanks(walk);
    walk->at++; /* the colon */
    walk_value(L, walk, &place);
    if(skip_blanks(walk) == ',')
      walk->at++;
  }
  walk->at++;
}

static void walk_array(lua_State *L, struct walk *walk, int table) {
  struct place place = {table, NULL, 0, 0};
  walk->at++;
  while(skip_blanks(walk) != ']' && walk->at < walk->end) {
    place.index++;
    walk_value(L, walk, &place);
    if(skip_blanks(walk) == ',')
      walk->at++;
  }
  walk->at++;
  if(table && walk->json->tag_arrays) {
    lua_pushvalue(L, walk->array);
    lua_setmetatable(L, table);
  }
}

/* The table on top, or 0 for anything else. */
static int table_on_top(lua_State *L) { return lua_istable(L, -1) ? lua_gettop(L) : 0; }

static void walk_value(lua_State *L, struct walk *walk, const struct place *place) {
  switch(skip_blanks(walk)) {
  case '"':
    walk->at = celements_json_skip_string(walk->at, walk->end);
    break;
  case '{':
    luaL_checkstack(L, 5, "JSON nested too deeply");
    push_value(L, place);
    walk_object(L, walk, table_on_top(L));
    lua_pop(L, 1);
    break;
  case '[':
    luaL_checkstack(L, 5, "JSON nested too deeply");
    push_value(L, place);
    walk_array(L, walk, table_on_top(L));
    lua_pop(L, 1);
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

void lce_json_restore(lua_State *L, const struct lce_json *json, int array, const char *text,
                      size_t length) {
  struct walk walk = {json, text, text + length, array};
  struct place place = {0, NULL, 0, 1};
  /* A table around the value gives it a place, too. */
  lua_createtable(L, 1, 0);
  lua_insert(L, -2);
  place.table = lua_gettop(L) - 1;
  lua_rawseti(L, place.table, 1);
  walk_value(L, &walk, &place);
  lua_rawgeti(L, place.table, 1);
  lua_remove(L, place.table);
}
