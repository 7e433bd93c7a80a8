#include "lce_limits.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* More than any body; keeps the conversion from a Lua number defined. */
#define MAX_BODY 1e15

/* Of the two that make a low speed, where only the other one is given. */
#define LOW_SPEED 1
#define LOW_SPEED_SECONDS 30

static const char *const names[LCE_LIMITS] = {"timeout", "connect_timeout", "max_response",
                                              "low_speed_limit", "low_speed_time"};

int lce_limit_named(const char *name) {
  int limit = 0;
  while(limit < LCE_LIMITS && strcmp(names[limit], name) != 0)
    limit++;
  return limit;
}

bool lce_read_limit(lua_State *L, int index, int limit, struct lce_limits *limits) {
  const lua_Number number = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : 0;
  limits->given[limit] = number;
  return number > 0 && (limit < LCE_MAX_RESPONSE || fmod(number, 1) == 0);
}

const char *lce_read_limits(lua_State *L, int index, struct lce_limits *limits) {
  const char *fault = NULL;
  int i;
  memset(limits, 0, sizeof *limits);
  for(i = 0; i < LCE_LIMITS; i++) {
    lua_getfield(L, index, names[i]);
    if(!lua_isnil(L, -1) && !lce_read_limit(L, -1, i, limits))
      fault = names[i];
    lua_pop(L, 1);
  }
  return fault;
}

static long whole_number(lua_Number number) { return number < INT_MAX ? (long)number : INT_MAX; }

static size_t bytes(lua_Number number) {
  const lua_Number most =
      (lua_Number)(SIZE_MAX / 4) < MAX_BODY ? (lua_Number)(SIZE_MAX / 4) : MAX_BODY;
  return number < 1 ? 1 : number > most ? (size_t)most : (size_t)number;
}

static lua_Number pick(const struct lce_limits *call, const struct lce_limits *target, int limit) {
  return call->given[limit] > 0 ? call->given[limit] : target->given[limit];
}

void lce_apply_limits(celements_request *request, const struct lce_limits *call,
                      const struct lce_limits *target) {
  const lua_Number max_response = pick(call, target, LCE_MAX_RESPONSE);
  const lua_Number speed = pick(call, target, LCE_LOW_SPEED_LIMIT);
  const lua_Number seconds = pick(call, target, LCE_LOW_SPEED_TIME);
  celements_request_limits(request, lce_milliseconds(pick(call, target, LCE_TIMEOUT)),
                           lce_milliseconds(pick(call, target, LCE_CONNECT_TIMEOUT)),
                           bytes(max_response > 0 ? max_response : MAX_BODY));
  if(speed > 0 || seconds > 0)
    celements_request_low_speed(request, speed > 0 ? whole_number(speed) : LOW_SPEED,
                                seconds > 0 ? whole_number(seconds) : LOW_SPEED_SECONDS);
}
