#include "ce_limit.h"

#include "ce_alloc.h"

#include <pthread.h>

/* A waiting call begins so many milliseconds late at most, because timers are not exact. What could
 * not begin for that may begin later, or the rate would not be reached. */
#define SLACK_MS 10
#define MAX_WAIT_MS 1000000000 /* a rate can be as small as it likes */

/* Half at each refusal and a steady climb afterwards: what makes many clients of one server share
 * it evenly, and what a call of TCP does. The calls in flight are refused together, and are one
 * refusal. */
#define HALVE_EVERY_MS 1000
#define LEAST 16
#define RECOVERY_MS 40000 /* from nothing to all of the rate */
#define MAX_PAUSE_MS 60000

struct ce__limit {
  pthread_mutex_t lock; /* of all that follows */
  unsigned references;
  unsigned max_in_flight;
  unsigned in_flight;
  double rate;    /* calls per millisecond, as it was made with */
  double room;    /* calls that can be saved up */
  double current; /* the rate, as refusals leave it */
  int64_t halved; /* when it last was; 0 for never */
  int64_t paused; /* until when no call begins */
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
  limit->rate = limit->current = rate / 1000;
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
  if(limit->counted) {
    double elapsed = (double)(now - limit->counted);
    limit->saved += elapsed * limit->current;
    limit->current += elapsed * limit->rate / RECOVERY_MS;
  }
  if(limit->current > limit->rate)
    limit->current = limit->rate;
  if(limit->saved > limit->room)
    limit->saved = limit->room;
  limit->counted = now;
}

static int64_t until_saved(const struct ce__limit *limit) {
  double wait = (1 - limit->saved) / limit->current;
  return wait < MAX_WAIT_MS ? (int64_t)wait + 1 : MAX_WAIT_MS;
}

static int64_t take(struct ce__limit *limit, int64_t now) {
  if(limit->max_in_flight && limit->in_flight >= limit->max_in_flight)
    return CE__LIMIT_FULL;
  if(limit->paused > now)
    return limit->paused - now;
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

unsigned ce__limit_max_in_flight(const struct ce__limit *limit) { return limit->max_in_flight; }

void ce__limit_release(struct ce__limit *limit) {
  pthread_mutex_lock(&limit->lock);
  limit->in_flight--;
  pthread_mutex_unlock(&limit->lock);
}

static void slow_down(struct ce__limit *limit, int64_t now) {
  save_up(limit, now);
  if(limit->halved && now - limit->halved < HALVE_EVERY_MS)
    return;
  limit->halved = now;
  limit->current /= 2;
  if(limit->current < limit->rate / LEAST)
    limit->current = limit->rate / LEAST;
  if(limit->saved > 1)
    limit->saved = 1; /* what was saved up for a burst was too much, too */
}

void ce__limit_refused(struct ce__limit *limit, int64_t now, int64_t wait) {
  int64_t until = now + (wait < MAX_PAUSE_MS ? wait : MAX_PAUSE_MS);
  pthread_mutex_lock(&limit->lock);
  if(limit->rate > 0)
    slow_down(limit, now);
  if(until > limit->paused)
    limit->paused = until;
  pthread_mutex_unlock(&limit->lock);
}
