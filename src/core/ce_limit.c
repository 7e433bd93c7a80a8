#include "ce_limit.h"

#include "ce_alloc.h"

#include <pthread.h>

/* A waiting call begins so many milliseconds late at most, because timers are not exact. What could
 * not begin for that may begin later, or the rate would not be reached. */
#define SLACK_MS 10
#define MAX_WAIT_MS 1000000000 /* a rate can be as small as it likes */

struct ce__limit {
  pthread_mutex_t lock; /* of all that follows */
  unsigned references;
  unsigned max_in_flight;
  unsigned in_flight;
  double rate; /* calls per millisecond */
  double room; /* calls that can be saved up */
  double saved;
  int64_t counted; /* until when `saved` counts what was saved up; 0 before the first call */
};

celements_status ce__limit_new(struct ce__limit **out, unsigned max_in_flight, double rate,
                               unsigned burst) {
  struct ce__limit *limit = ce__calloc(1, sizeof *limit);
  if(!limit)
    return CELEMENTS_NOMEM;
  if(pthread_mutex_init(&limit->lock, NULL)) {
    ce__free(limit);
    return CELEMENTS_SYSTEM;
  }
  limit->references = 1;
  limit->max_in_flight = max_in_flight;
  limit->rate = rate / 1000;
  limit->saved = burst ? burst : 1;
  limit->room = limit->saved + limit->rate * SLACK_MS;
  *out = limit;
  return CELEMENTS_OK;
}

struct ce__limit *ce__limit_ref(struct ce__limit *limit) {
  pthread_mutex_lock(&limit->lock);
  limit->references++;
  pthread_mutex_unlock(&limit->lock);
  return limit;
}

void ce__limit_unref(struct ce__limit *limit) {
  bool last;
  if(!limit)
    return;
  pthread_mutex_lock(&limit->lock);
  last = --limit->references == 0;
  pthread_mutex_unlock(&limit->lock);
  if(!last)
    return;
  pthread_mutex_destroy(&limit->lock);
  ce__free(limit);
}

static void save_up(struct ce__limit *limit, int64_t now) {
  if(now <= limit->counted)
    return;
  if(limit->counted)
    limit->saved += (double)(now - limit->counted) * limit->rate;
  if(limit->saved > limit->room)
    limit->saved = limit->room;
  limit->counted = now;
}

static int64_t until_saved(const struct ce__limit *limit) {
  double wait = (1 - limit->saved) / limit->rate;
  return wait < MAX_WAIT_MS ? (int64_t)wait + 1 : MAX_WAIT_MS;
}

static int64_t take(struct ce__limit *limit, int64_t now) {
  if(limit->max_in_flight && limit->in_flight >= limit->max_in_flight)
    return CE__LIMIT_FULL;
  if(limit->rate > 0) {
    save_up(limit, now);
    if(limit->saved < 1)
      return until_saved(limit);
    limit->saved -= 1;
  }
  limit->in_flight++;
  return 0;
}

int64_t ce__limit_take(struct ce__limit *limit, int64_t now) {
  int64_t wait;
  pthread_mutex_lock(&limit->lock);
  wait = take(limit, now);
  pthread_mutex_unlock(&limit->lock);
  return wait;
}

void ce__limit_release(struct ce__limit *limit) {
  pthread_mutex_lock(&limit->lock);
  limit->in_flight--;
  pthread_mutex_unlock(&limit->lock);
}
