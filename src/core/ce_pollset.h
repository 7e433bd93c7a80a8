/*
 * The system's set of watched descriptors, itself one descriptor: epoll on Linux (ce_epoll.c),
 * kqueue on BSD and macOS (ce_kqueue.c). It decides nothing: what is watched when, and why, is
 * ce_poller.c's.
 */
#ifndef CE_POLLSET_H
#define CE_POLLSET_H

#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { CE__POLL_IN = 1, CE__POLL_OUT = 2, CE__POLL_ERROR = 4 };

#define CE__POLLSET_TIMER (-1) /* the "descriptor" of an event of the deadline */

struct ce__pollset {
  int fd;
  int timer; /* a descriptor of its own where the system needs one; -1 for none yet */
};

struct ce__poll_event {
  int fd;
  int ready; /* CE__POLL_* */
};

/* Each returns false, with errno set, when the system refuses. */
bool ce__pollset_open(struct ce__pollset *set);
void ce__pollset_close(struct ce__pollset *set);
/* Changes what is watched of `fd` from some of CE__POLL_IN and CE__POLL_OUT to others; 0 is none.
 */
bool ce__pollset_change(struct ce__pollset *set, int fd, int from, int to);
/* Makes the set's descriptor readable, once, at this time of celements_now. */
bool ce__pollset_arm(struct ce__pollset *set, int64_t deadline);
/* Waits at most so long (-1: for ever). Returns how many events, 0 also when a signal came, -1 when
 * the system refuses. */
int ce__pollset_wait(struct ce__pollset *set, struct ce__poll_event *events, int max,
                     long timeout_ms);

#pragma GCC visibility pop

#endif
