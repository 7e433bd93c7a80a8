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
int celements_file_private(const char *path, bool create) {
  struct stat about;
  if(create) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, PRIVATE);
    if(fd >= 0)
      return close(fd) ? errno : 0;
    if(errno != EEXIST)
      return errno;
  }
  if(stat(path, &about))
    return errno == ENOENT && !create ? 0 : errno;
  if(S_ISDIR(about.st_mode))
    return EISDIR;
  if(!S_ISREG(about.st_mode))
    return EINVAL;
  if(about.st_mode & OTHERS && chmod(path, about.st_mode & S_IRWXU))
    return errno;
  return 0;
}
