/* What a call may take of time and bytes: as its options say, and otherwise its target. */
#ifndef LCE_LIMITS_H
#define LCE_LIMITS_H

#include "lce.h"

#pragma GCC visibility push(hidden)

enum {
  LCE_TIMEOUT,         /* seconds, for all of it */
  LCE_CONNECT_TIMEOUT, /* seconds until the connection stands */
  LCE_MAX_RESPONSE,    /* bytes of the response's body; this and the rest are whole */
  LCE_LOW_SPEED_LIMIT, /* bytes a second … */
  LCE_LOW_SPEED_TIME,  /* … for so many seconds */
  LCE_LIMITS
};

struct lce_limits {
  lua_Number given[LCE_LIMITS]; /* above 0, or 0 for none */
};

/* Which limit a name means; LCE_LIMITS for none. */
int lce_limit_named(const char *name);
/* Reads one from `index`. Returns false unless it is a positive number, and whole where it must be.
 */
bool lce_read_limit(lua_State *L, int index, int limit, struct lce_limits *limits);
/* Reads all of them from the table at `index`, by name. Returns NULL, or the name of one that
 * cannot be. */
const char *lce_read_limits(lua_State *L, int index, struct lce_limits *limits);
/* Sets those of a call. Of a low speed, either half may be missing: 1 byte a second, 30 seconds. */
void lce_apply_limits(celements_request *request, const struct lce_limits *call,
                      const struct lce_limits *target);

#pragma GCC visibility pop

#endif
