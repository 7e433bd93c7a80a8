/* The target as userdata. */
#ifndef LCE_TARGET_H
#define LCE_TARGET_H

#include "lce_limits.h"

#pragma GCC visibility push(hidden)

struct lce_target {
  celements_target *target; /* NULL when closed */
  struct lce_limits limits; /* of its calls */
};

/* The target at `index`; raises if it is none or closed. A finaliser may close it, so ask again
 * after what may run one. */
const struct lce_target *lce_check_target(lua_State *L, int index);

#pragma GCC visibility pop

#endif
