#include "ce_poller.h"

#include "ce_alloc.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct socket_state {
  unsigned char wanted;
  unsigned char registered;
  bool announced; /* we shall hear of its closing */
  ino_t inode;    /* of an announced socket */
};

struct ce__poller {
  struct ce__pollset set;
  bool armed;
  int64_t armed_for;
  size_t count;
  struct socket_state *sockets; /* by descriptor */
};

celements_status ce__poller_new(struct ce__poller **out) {
  struct ce__poller *poller = ce__calloc(1, sizeof *poller);
  if(!poller)
    return CELEMENTS_NOMEM;
  if(!ce__pollset_open(&poller->set)) {
    ce__free(poller);
    return CELEMENTS_SYSTEM;
  }
  *out = poller;
  return CELEMENTS_OK;
}

static void drop(struct ce__poller *poller) {
  ce__free(poller->sockets);
  ce__free(poller);
}

void ce__poller_free(struct ce__poller *poller) {
  if(!poller)
    return;
  ce__pollset_close(&poller->set);
  drop(poller);
}

static bool socket_inode(int fd, ino_t *inode) {
  struct stat status;
  if(fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode))
    return false;
  *inode = status.st_ino;
  return true;
}

void ce__poller_abandon(struct ce__poller *poller) {
  size_t fd;
  ino_t inode;
  if(!poller)
    return;
  for(fd = 0; fd < poller->count; fd++) {
    if(poller->sockets[fd].announced && socket_inode((int)fd, &inode) &&
       inode == poller->sockets[fd].inode)
      close((int)fd);
  }
  drop(poller);
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
  struct socket_state state = {.announced = true};
  celements_status status = reach(poller, fd);
  if(status)
    return status;
  if(!socket_inode(fd, &state.inode))
    return CELEMENTS_SYSTEM;
  poller->sockets[fd] = state;
  return CELEMENTS_OK;
}

static void deregister(struct ce__poller *poller, int fd) {
  (void)ce__pollset_change(&poller->set, fd, poller->sockets[fd].registered, 0);
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
  if(status)
    return status;
  state = &poller->sockets[fd];
  state->wanted = (unsigned char)events;
  if(!events) {
    if(!state->announced && state->registered)
      deregister(poller, fd);
    return CELEMENTS_OK;
  }
  /* A socket that nobody announced may be another one by now. */
  if(!state->announced)
    state->registered = 0;
  if(state->registered == state->wanted)
    return CELEMENTS_OK;
  if(!ce__pollset_change(&poller->set, fd, state->registered, events))
    return CELEMENTS_SYSTEM;
  state->registered = state->wanted;
  return CELEMENTS_OK;
}

celements_status ce__poller_wait(struct ce__poller *poller, struct ce__poll_event *events, int max,
                                 long timeout_ms, int *count) {
  int n = ce__pollset_wait(&poller->set, events, max, timeout_ms);
  int found = 0;
  int i;
  if(n < 0)
    return CELEMENTS_SYSTEM;
  for(i = 0; i < n; i++) {
    if(events[i].fd == CE__POLLSET_TIMER)
      poller->armed = false;
    else if(poller->sockets[events[i].fd].wanted)
      events[found++] = events[i];
    else
      deregister(poller, events[i].fd);
  }
  *count = found;
  return CELEMENTS_OK;
}

int ce__poller_fd(const struct ce__poller *poller) { return poller->set.fd; }

celements_status ce__poller_arm(struct ce__poller *poller, int64_t deadline) {
  if(poller->armed && poller->armed_for <= deadline)
    return CELEMENTS_OK;
  if(!ce__pollset_arm(&poller->set, deadline))
    return CELEMENTS_SYSTEM;
  poller->armed = true;
  poller->armed_for = deadline;
  return CELEMENTS_OK;
}

int64_t celements_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
