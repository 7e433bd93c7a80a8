#include "ce_doorbell.h"

#include "ce_alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 8
#define PAUSE_MS 10

struct ce__doorbell {
  struct ce__poller *poller;
  int listener;
  int visitor; /* -1 for nobody */
  int spare;   /* keeps a descriptor free for a visitor; -1 while it is used */
  int inode;   /* refers to the socket's file, which has no name; -1 where it has to keep one */
  bool missed; /* rung while nobody was there */
  struct sockaddr_un address;
  char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
};

static bool set_flags(int fd) {
  return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

static void remove_file(struct ce__doorbell *doorbell) {
  char *slash = strrchr(doorbell->address.sun_path, '/');
  if(!slash)
    return;
  unlink(doorbell->address.sun_path);
  *slash = '\0';
  rmdir(doorbell->address.sun_path);
  doorbell->address.sun_path[0] = '\0';
}

/* The name is taken away at once: then neither another user nor a process that died can be met
 * there. */
static void hide_file(struct ce__doorbell *doorbell) {
#ifdef O_PATH
  struct stat status;
  doorbell->inode = open(doorbell->address.sun_path, O_PATH | O_CLOEXEC);
  if(doorbell->inode < 0)
    return;
  snprintf(doorbell->path, sizeof doorbell->path, "/proc/self/fd/%d", doorbell->inode);
  if(stat(doorbell->path, &status) == 0 && S_ISSOCK(status.st_mode)) {
    remove_file(doorbell);
    return;
  }
  close(doorbell->inode);
  doorbell->inode = -1;
#endif
  memcpy(doorbell->path, doorbell->address.sun_path, sizeof doorbell->path);
}

static bool listen_in(struct ce__doorbell *doorbell, const char *directory) {
  struct sockaddr_un *address = &doorbell->address;
  char *path = address->sun_path;
  int length = snprintf(path, sizeof address->sun_path, "%s/celements.XXXXXX/s", directory);
  if(length < 0 || (size_t)length >= sizeof address->sun_path) {
    path[0] = '\0';
    return false;
  }
  path[length - 2] = '\0';
  if(!mkdtemp(path)) { /* for its owner alone */
    path[0] = '\0';
    return false;
  }
  path[length - 2] = '/';
  address->sun_family = AF_UNIX;
  doorbell->listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if(doorbell->listener >= 0 && set_flags(doorbell->listener) &&
     bind(doorbell->listener, (struct sockaddr *)address, sizeof *address) == 0 &&
     listen(doorbell->listener, BACKLOG) == 0) {
    hide_file(doorbell);
    return true;
  }
  remove_file(doorbell);
  if(doorbell->listener >= 0)
    close(doorbell->listener);
  doorbell->listener = -1;
  return false;
}

static int spare_descriptor(void) { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

celements_status ce__doorbell_new(struct ce__doorbell **out) {
  struct ce__doorbell *doorbell = ce__calloc(1, sizeof *doorbell);
  const char *directory = getenv("TMPDIR");
  if(!doorbell)
    return CELEMENTS_NOMEM;
  doorbell->listener = doorbell->visitor = doorbell->inode = -1;
  doorbell->spare = spare_descriptor();
  if(!(directory && *directory && listen_in(doorbell, directory)) && !listen_in(doorbell, "/tmp")) {
    close(doorbell->spare);
    ce__free(doorbell);
    return CELEMENTS_SYSTEM;
  }
  *out = doorbell;
  return CELEMENTS_OK;
}

void ce__doorbell_free(struct ce__doorbell *doorbell) {
  if(!doorbell)
    return;
  close(doorbell->listener);
  if(doorbell->visitor >= 0)
    close(doorbell->visitor);
  if(doorbell->inode >= 0)
    close(doorbell->inode);
  if(doorbell->spare >= 0)
    close(doorbell->spare);
  remove_file(doorbell);
  ce__free(doorbell);
}

const char *ce__doorbell_path(const struct ce__doorbell *doorbell) { return doorbell->path; }

celements_status ce__doorbell_open(struct ce__doorbell *doorbell, struct ce__poller *poller) {
  doorbell->poller = poller;
  return ce__poller_want(poller, doorbell->listener, CE__POLL_IN);
}

/* Who can connect shares our user, or is root. */
static bool is_ours(int fd) {
#ifdef SO_PEERCRED
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid() &&
         peer.uid == geteuid();
#else
  uid_t user;
  gid_t group;
  return getpeereid(fd, &user, &group) == 0 && user == geteuid();
#endif
}

static void keep_spare(struct ce__doorbell *doorbell) {
  if(doorbell->spare < 0 && doorbell->visitor < 0)
    doorbell->spare = spare_descriptor();
}

static void dismiss(struct ce__doorbell *doorbell) {
  (void)ce__poller_want(doorbell->poller, doorbell->visitor, 0);
  close(doorbell->visitor);
  doorbell->visitor = -1;
  keep_spare(doorbell);
}

static void admit(struct ce__doorbell *doorbell) {
  int fd;
  if(doorbell->spare >= 0)
    close(doorbell->spare);
  doorbell->spare = -1;
  fd = accept(doorbell->listener, NULL, NULL);
  if(fd < 0 && (errno == EMFILE || errno == ENFILE))
    (void)poll(NULL, 0, PAUSE_MS); /* somebody else took the descriptor; the visitor still waits */
  if(fd >= 0 &&
     !(is_ours(fd) && set_flags(fd) && ce__poller_want(doorbell->poller, fd, CE__POLL_IN) == 0)) {
    close(fd);
    fd = -1;
  }
  if(fd >= 0) {
    if(doorbell->visitor >= 0)
      dismiss(doorbell);
    doorbell->visitor = fd;
    if(doorbell->missed)
      ce__doorbell_ring(doorbell);
  }
  keep_spare(doorbell);
}

bool ce__doorbell_event(struct ce__doorbell *doorbell, int fd) {
  if(fd == doorbell->listener) {
    admit(doorbell);
    return true;
  }
  if(fd != doorbell->visitor)
    return false;
  dismiss(doorbell); /* it left; there is nothing that it could say */
  return true;
}

bool ce__doorbell_visited(const struct ce__doorbell *doorbell) { return doorbell->visitor >= 0; }

void ce__doorbell_ring(struct ce__doorbell *doorbell) {
  static const char ding = 1;
  doorbell->missed = doorbell->visitor < 0;
  if(doorbell->missed)
    return;
  /* A full socket has rung often enough already. */
  if(send(doorbell->visitor, &ding, 1, MSG_NOSIGNAL) != 1 && errno != EAGAIN && errno != EINTR) {
    doorbell->missed = true;
    dismiss(doorbell);
  }
}
