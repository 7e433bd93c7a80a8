#include "ce_pollset.h"

#if defined(__linux__) && !defined(CE_KQUEUE)

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MAX_EVENTS 64

bool ce__pollset_open(struct ce__pollset *set) {
  set->timer = -1;
  set->fd = epoll_create1(EPOLL_CLOEXEC);
  return set->fd >= 0;
}

void ce__pollset_close(struct ce__pollset *set) {
  if(set->timer >= 0)
    close(set->timer);
  close(set->fd);
}

bool ce__pollset_change(struct ce__pollset *set, int fd, int from, int to) {
  struct epoll_event event = {0};
  int operation = !to ? EPOLL_CTL_DEL : from ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  event.events = ((to & CE__POLL_IN) ? EPOLLIN : 0u) | ((to & CE__POLL_OUT) ? EPOLLOUT : 0u);
  event.data.fd = fd;
  if(epoll_ctl(set->fd, operation, fd, &event) == 0 || !to)
    return true;
  /* A socket may have been closed, and its number used again, without a word to us. */
  if(errno == ENOENT)
    operation = EPOLL_CTL_ADD;
  else if(errno == EEXIST)
    operation = EPOLL_CTL_MOD;
  else
    return false;
  return epoll_ctl(set->fd, operation, fd, &event) == 0;
}

static bool open_timer(struct ce__pollset *set) {
  struct epoll_event event = {0};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if(timer < 0)
    return false;
  event.events = EPOLLIN;
  event.data.fd = timer;
  if(epoll_ctl(set->fd, EPOLL_CTL_ADD, timer, &event) != 0) {
    close(timer);
    return false;
  }
  set->timer = timer;
  return true;
}

bool ce__pollset_arm(struct ce__pollset *set, int64_t deadline) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  if(set->timer < 0 && !open_timer(set))
    return false;
  when.it_value.tv_sec = (time_t)(deadline / 1000);
  when.it_value.tv_nsec = (long)(deadline % 1000) * 1000000;
  return timerfd_settime(set->timer, TFD_TIMER_ABSTIME, &when, NULL) == 0;
}

static int drain_timer(struct ce__pollset *set) {
  uint64_t expirations;
  ssize_t n = read(set->timer, &expirations, sizeof expirations);
  (void)n; /* nothing to read means that the timer was set anew meanwhile */
  return CE__POLLSET_TIMER;
}

int ce__pollset_wait(struct ce__pollset *set, struct ce__poll_event *events, int max,
                     long timeout_ms) {
  struct epoll_event ready[MAX_EVENTS];
  int limit = max < MAX_EVENTS ? max : MAX_EVENTS;
  int timeout = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
  int n = epoll_wait(set->fd, ready, limit, timeout);
  int i;
  if(n < 0)
    return errno == EINTR ? 0 : -1;
  for(i = 0; i < n; i++) {
    uint32_t bits = ready[i].events;
    events[i].fd = ready[i].data.fd == set->timer ? drain_timer(set) : ready[i].data.fd;
    events[i].ready = ((bits & EPOLLIN) ? CE__POLL_IN : 0) |
                      ((bits & EPOLLOUT) ? CE__POLL_OUT : 0) |
                      ((bits & (EPOLLERR | EPOLLHUP)) ? CE__POLL_ERROR : 0);
  }
  return n;
}

#endif
