#include "ce_poller.h"

#include "ce_alloc.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct socket_state {
  unsigned char wanted;
  unsigned char registered;
  bool announced; /* we shall hear of its closing */
};

struct ce__poller {
  int epoll;
  int timer; /* -1 until an outside loop waits */
  bool armed;
  int64_t armed_for;
  size_t count;
  struct socket_state *sockets; /* by descriptor */
};

celements_status ce__poller_new(struct ce__poller **out) {
  struct ce__poller *poller = ce__calloc(1, sizeof *poller);
  if(!poller)
    return CELEMENTS_NOMEM;
  poller->timer = -1;
  poller->epoll = epoll_create1(EPOLL_CLOEXEC);
  if(poller->epoll < 0) {
    ce__free(poller);
    return CELEMENTS_SYSTEM;
  }
  *out = poller;
  return CELEMENTS_OK;
}

void ce__poller_free(struct ce__poller *poller) {
  if(!poller)
    return;
  if(poller->timer >= 0)
    close(poller->timer);
  close(poller->epoll);
  ce__free(poller->sockets);
  ce__free(poller);
}

void ce__poller_close_sockets(struct ce__poller *poller) {
  size_t fd;
  for(fd = 0; fd < poller->count; fd++) {
    if(poller->sockets[fd].announced)
      close((int)fd);
  }
}

static celements_status reach(struct ce__poller *poller, int fd) {
  struct socket_state *sockets;
  size_t need = (size_t)fd + 1;
  size_t count = poller->count ? poller->count : 32;
  if(need <= poller->count)
    return CELEMENTS_OK;
  while(count < need)
    count *= 2;
  sockets = ce__realloc(poller->sockets, count * sizeof *sockets);
  if(!sockets)
    return CELEMENTS_NOMEM;
  memset(sockets + poller->count, 0, (count - poller->count) * sizeof *sockets);
  poller->sockets = sockets;
  poller->count = count;
  return CELEMENTS_OK;
}

celements_status ce__poller_opened(struct ce__poller *poller, int fd) {
  celements_status status = reach(poller, fd);
  if(!status)
    poller->sockets[fd] = (struct socket_state){.announced = true};
  return status;
}

static void deregister(struct ce__poller *poller, int fd) {
  struct epoll_event unused = {0};
  epoll_ctl(poller->epoll, EPOLL_CTL_DEL, fd, &unused);
  poller->sockets[fd].registered = 0;
}

void ce__poller_closed(struct ce__poller *poller, int fd) {
  if((size_t)fd >= poller->count)
    return;
  /* Said aloud, not left to close(): a copy of the descriptor in another process would keep it. */
  if(poller->sockets[fd].registered)
    deregister(poller, fd);
  poller->sockets[fd] = (struct socket_state){0};
}

celements_status ce__poller_want(struct ce__poller *poller, int fd, int events) {
  celements_status status = reach(poller, fd);
  struct socket_state *state;
  struct epoll_event event = {0};
  int operation;
  if(status)
    return status;
  state = &poller->sockets[fd];
  state->wanted = (unsigned char)events;
  if(!events) {
    if(!state->announced && state->registered)
      deregister(poller, fd);
    return CELEMENTS_OK;
  }
  if(state->registered == state->wanted)
    return CELEMENTS_OK;
  event.events =
      ((events & CE__POLL_IN) ? EPOLLIN : 0u) | ((events & CE__POLL_OUT) ? EPOLLOUT : 0u);
  event.data.fd = fd;
  operation = state->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if(epoll_ctl(poller->epoll, operation, fd, &event) != 0) {
    /* A socket nobody announced may have been closed, and its number used again, unseen. */
    if(errno == ENOENT)
      operation = EPOLL_CTL_ADD;
    else if(errno == EEXIST)
      operation = EPOLL_CTL_MOD;
    else
      return CELEMENTS_SYSTEM;
    if(epoll_ctl(poller->epoll, operation, fd, &event) != 0)
      return CELEMENTS_SYSTEM;
  }
  state->registered = state->wanted;
  return CELEMENTS_OK;
}

static void drain_timer(struct ce__poller *poller) {
  uint64_t expirations;
  ssize_t n = read(poller->timer, &expirations, sizeof expirations);
  (void)n; /* nothing to read means that the timer was set anew meanwhile */
  poller->armed = false;
}

celements_status ce__poller_wait(struct ce__poller *poller, struct ce__poll_event *events, int max,
                                 long timeout_ms, int *count) {
  struct epoll_event ready[64];
  int limit = max < 64 ? max : 64;
  int timeout = timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms;
  int n = epoll_wait(poller->epoll, ready, limit, timeout);
  int found = 0;
  int i;
  if(n < 0 && errno != EINTR)
    return CELEMENTS_SYSTEM;
  for(i = 0; i < n; i++) {
    int fd = ready[i].data.fd;
    uint32_t bits = ready[i].events;
    if(fd == poller->timer) {
      drain_timer(poller);
    } else if(!poller->sockets[fd].wanted) {
      deregister(poller, fd);
    } else {
      events[found].fd = fd;
      events[found].ready = ((bits & EPOLLIN) ? CE__POLL_IN : 0) |
                            ((bits & EPOLLOUT) ? CE__POLL_OUT : 0) |
                            ((bits & (EPOLLERR | EPOLLHUP)) ? CE__POLL_ERROR : 0);
      found++;
    }
  }
  *count = found;
  return CELEMENTS_OK;
}

int ce__poller_fd(const struct ce__poller *poller) { return poller->epoll; }

static celements_status open_timer(struct ce__poller *poller) {
  struct epoll_event event = {0};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if(timer < 0)
    return CELEMENTS_SYSTEM;
  event.events = EPOLLIN;
  event.data.fd = timer;
  if(epoll_ctl(poller->epoll, EPOLL_CTL_ADD, timer, &event) != 0) {
    close(timer);
    return CELEMENTS_SYSTEM;
  }
  poller->timer = timer;
  return CELEMENTS_OK;
}

celements_status ce__poller_arm(struct ce__poller *poller, int64_t deadline) {
  struct itimerspec when = {{0, 0}, {0, 0}};
  if(poller->armed && poller->armed_for <= deadline)
    return CELEMENTS_OK;
  if(poller->timer < 0) {
    celements_status status = open_timer(poller);
    if(status)
      return status;
  }
  when.it_value.tv_sec = (time_t)(deadline / 1000);
  when.it_value.tv_nsec = (long)(deadline % 1000) * 1000000;
  if(timerfd_settime(poller->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
    return CELEMENTS_SYSTEM;
  poller->armed = true;
  poller->armed_for = deadline;
  return CELEMENTS_OK;
}

int64_t ce__now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
