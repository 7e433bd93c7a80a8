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

#define BACKLOG 4096
#define PAUSE_MS 10

struct door {
  bool open;
  bool asked; /* and not rung yet */
  size_t received;
  uint64_t ticket;
};

struct ce__doorbell {
  struct ce__doorbell_host host;
  struct ce__poller *poller;
  int listener;
  int spare; /* given up to turn a visitor away when descriptors run out; -1 while it is */
  int inode; /* refers to the socket's file, which has no name; -1 where it has to keep one */
  struct sockaddr_un address;
  char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
  size_t count;
  struct door *doors; /* by descriptor */
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

celements_status ce__doorbell_new(struct ce__doorbell **out, const struct ce__doorbell_host *host) {
  struct ce__doorbell *doorbell = ce__calloc(1, sizeof *doorbell);
  const char *directory = getenv("TMPDIR");
  if(!doorbell)
    return CELEMENTS_NOMEM;
  doorbell->host = *host;
  doorbell->listener = doorbell->inode = -1;
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
  size_t fd;
  if(!doorbell)
    return;
  for(fd = 0; fd < doorbell->count; fd++) {
    if(doorbell->doors[fd].open)
      close((int)fd);
  }
  close(doorbell->listener);
  if(doorbell->inode >= 0)
    close(doorbell->inode);
  if(doorbell->spare >= 0)
    close(doorbell->spare);
  remove_file(doorbell);
  ce__free(doorbell->doors);
  ce__free(doorbell);
}

const char *ce__doorbell_path(const struct ce__doorbell *doorbell) { return doorbell->path; }

celements_status ce__doorbell_open(struct ce__doorbell *doorbell, struct ce__poller *poller) {
  doorbell->poller = poller;
  return ce__poller_want(poller, doorbell->listener, CE__POLL_IN);
}

/* Who can connect shares our user, or is root; but only this process has tickets. */
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

static struct door *door_at(struct ce__doorbell *doorbell, int fd) {
  size_t count = doorbell->count ? doorbell->count : 64;
  struct door *doors;
  if((size_t)fd < doorbell->count)
    return &doorbell->doors[fd];
  while(count <= (size_t)fd)
    count *= 2;
  doors = ce__realloc(doorbell->doors, count * sizeof *doors);
  if(!doors)
    return NULL;
  memset(doors + doorbell->count, 0, (count - doorbell->count) * sizeof *doors);
  doorbell->doors = doors;
  doorbell->count = count;
  return &doors[fd];
}

/* A visitor that is left standing would wait for ever. */
static void turn_away(struct ce__doorbell *doorbell) {
  int fd;
  if(doorbell->spare >= 0)
    close(doorbell->spare);
  fd = accept(doorbell->listener, NULL, NULL);
  if(fd >= 0)
    close(fd);
  doorbell->spare = spare_descriptor();
  if(fd < 0 && doorbell->spare < 0)
    (void)poll(NULL, 0, PAUSE_MS); /* somebody else took it */
}

static void admit(struct ce__doorbell *doorbell) {
  int fd;
  while((fd = accept(doorbell->listener, NULL, NULL)) >= 0) {
    struct door *door = is_ours(fd) && set_flags(fd) ? door_at(doorbell, fd) : NULL;
    if(!door || ce__poller_want(doorbell->poller, fd, CE__POLL_IN)) {
      close(fd);
      continue;
    }
    *door = (struct door){.open = true};
  }
  if(errno == EMFILE || errno == ENFILE)
    turn_away(doorbell);
}

static void shut(struct ce__doorbell *doorbell, int fd) {
  struct door *door = &doorbell->doors[fd];
  bool asked = door->asked;
  uint64_t ticket = door->ticket;
  (void)ce__poller_want(doorbell->poller, fd, 0);
  close(fd);
  *door = (struct door){0};
  if(asked)
    doorbell->host.left(doorbell->host.data, fd, ticket);
}

static void hear(struct ce__doorbell *doorbell, int fd) {
  struct door *door = &doorbell->doors[fd];
  ssize_t n;
  if(door->asked) { /* nothing more is to be said before it is rung */
    shut(doorbell, fd);
    return;
  }
  n = recv(fd, (char *)&door->ticket + door->received, sizeof door->ticket - door->received, 0);
  if(n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if(n <= 0) {
    shut(doorbell, fd);
    return;
  }
  door->received += (size_t)n;
  if(door->received < sizeof door->ticket)
    return;
  door->received = 0;
  door->asked = true;
  doorbell->host.asked(doorbell->host.data, fd, door->ticket);
}

bool ce__doorbell_event(struct ce__doorbell *doorbell, int fd) {
  if(fd == doorbell->listener) {
    admit(doorbell);
    return true;
  }
  if((size_t)fd >= doorbell->count || !doorbell->doors[fd].open)
    return false;
  hear(doorbell, fd);
  return true;
}

void ce__doorbell_ring(struct ce__doorbell *doorbell, int door) {
  static const char ding = 1;
  doorbell->doors[door].asked = false;
  if(send(door, &ding, 1, MSG_NOSIGNAL) != 1)
    shut(doorbell, door); /* the visitor left; its room in the socket is for more than one byte */
}
