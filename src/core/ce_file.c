#include "celements.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRIVATE (S_IRUSR | S_IWUSR)
#define OTHERS (S_IRWXG | S_IRWXO)

/*
 * A file that exists is not opened: to close it would end every lock that this process has on it
 * (POSIX), and a database that is open elsewhere in the process lives by such locks.
 */
static int look(const char *path, struct stat *about) {
  if(stat(path, about))
    return errno;
  if(S_ISDIR(about->st_mode))
    return EISDIR;
  return S_ISREG(about->st_mode) ? 0 : EINVAL;
}

int celements_file_create(const char *path) {
  struct stat about;
  int reason;
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE);
  if(fd >= 0)
    return close(fd) ? errno : 0;
  if(errno != EEXIST)
    return errno;
  reason = look(path, &about);
  return reason ? reason : EEXIST;
}

int celements_file_private(const char *path) {
  struct stat about;
  int reason = look(path, &about);
  if(reason)
    return reason == ENOENT ? 0 : reason;
  return about.st_mode & OTHERS && chmod(path, about.st_mode & S_IRWXU) ? errno : 0;
}
