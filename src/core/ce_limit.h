/*
 * How many calls may be in flight at once, and how many may begin in a second, which is less while
 * the platform says that it is too much. No I/O, and the caller's clock. Shared by a target, those
 * made from it with another token, and every engine that calls one of them, in any thread.
 */
#ifndef CE_LIMIT_H
#define CE_LIMIT_H

#include "celements.h"

#pragma GCC visibility push(hidden)

/* What ce__limit_take says when so many calls are in flight as may be: when one will end, nobody
 * knows. */
#define CE__LIMIT_FULL (-1)

struct ce__limit;

/* Makes a limit with one reference. `max_in_flight` 0: any number; `rate` in calls per second, 0:
 * any. Up to `burst` calls (0: one) may begin at once after a pause. */
celements_status ce__limit_new(struct ce__limit **out, unsigned max_in_flight, double rate,
                               unsigned burst);
struct ce__limit *ce__limit_ref(struct ce__limit *limit);
/* NULL is nothing. */
void ce__limit_unref(struct ce__limit *limit);

/* Asks whether a call may begin at `now` (milliseconds). 0: it may, and counts until it is
 * released. Otherwise CE__LIMIT_FULL, or in how many milliseconds to ask again. */
int64_t ce__limit_take(struct ce__limit *limit, int64_t now);
/* How many calls may be in flight; 0: any number. */
unsigned ce__limit_max_in_flight(const struct ce__limit *limit);
/* A call that had begun has ended. */
void ce__limit_release(struct ce__limit *limit);
/*
 * The platform refused a call at `now`, because there were too many. A rate is halved, once a
 * second at most, down to a sixteenth of what it was made with, and climbs back steadily, from half
 * of it in 20 seconds. No call begins for the next `wait` milliseconds, or for a minute if that is
 * less.
 */
void ce__limit_refused(struct ce__limit *limit, int64_t now, int64_t wait);

#pragma GCC visibility pop

#endif
