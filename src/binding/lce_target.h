/* The target as userdata. */
#ifndef LCE_TARGET_H
#define LCE_TARGET_H

#include "lce_limits.h"

#pragma GCC visibility push(hidden)

struct lce_target {
  celements_target *target; /* NULL when closed */
  struct lce_limits limits; /* of its calls */
};

#pragma GCC visibility pop

#endif
