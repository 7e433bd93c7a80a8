#include "ce_pollset.h"

#if !defined(__linux__) || defined(CE_KQUEUE)

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_EVENTS 64

bool ce__pollset_open(struct ce__pollset *set) {
  set->timer = -1;
  set->fd = kqueue();
  if(set->fd < 0)
    return false;
  if(fcntl(set->fd, F_SETFD, FD_CLOEXEC) == 0)
    return true;
  close(set->fd);
  return false;
}

void ce__pollset_close(struct ce__pollset *set) { close(set->fd); }

static bool apply(struct ce__pollset *set, int ident, short filter, unsigned short flags,
                  int64_t data) {
  struct kevent change;
  EV_SET(&change, (uintptr_t)ident, filter, flags, 0, (intptr_t)data, NULL);
  return kevent(set->fd, &change, 1, NULL, 0, NULL) == 0;
}

static bool change_filter(struct ce__pollset *set, int fd, short filter, int from, int to) {
  if(to && !from)
    return apply(set, fd, filter, EV_ADD, 0);
  if(from && !to)
    (void)apply(set, fd, filter, EV_DELETE, 0); /* it may have gone with its socket */
  return true;
}

bool ce__pollset_change(struct ce__pollset *set, int fd, int from, int to) {
  return change_filter(set, fd, EVFILT_READ, from & CE__POLL_IN, to & CE__POLL_IN) &&
         change_filter(set, fd, EVFILT_WRITE, from & CE__POLL_OUT, to & CE__POLL_OUT);
}

bool ce__pollset_arm(struct ce__pollset *set, int64_t deadline) {
  int64_t left = deadline - celements_now();
  return apply(set, 0, EVFILT_TIMER, EV_ADD | EV_ONESHOT, left > 0 ? left : 1);
}

int ce__pollset_wait(struct ce__pollset *set, struct ce__poll_event *events, int max,
                     long timeout_ms) {
  struct kevent ready[MAX_EVENTS];
  struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
  int limit = max < MAX_EVENTS ? max : MAX_EVENTS;
  int n = kevent(set->fd, NULL, 0, ready, limit, timeout_ms < 0 ? NULL : &timeout);
  int i;
  if(n < 0)
    return errno == EINTR ? 0 : -1;
  for(i = 0; i < n; i++) {
    bool timer = ready[i].filter == EVFILT_TIMER;
    events[i].fd = timer ? CE__POLLSET_TIMER : (int)ready[i].ident;
    events[i].ready = ready[i].filter == EVFILT_WRITE ? CE__POLL_OUT : CE__POLL_IN;
    if(ready[i].flags & EV_ERROR)
      events[i].ready |= CE__POLL_ERROR;
  }
  return n;
}

#endif
