/* Files that nobody but their user may read. */
#include "celements.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/celements-file-XXXXXX";
static char path[64];

static int mode_of(const char *name) {
  struct stat about;
  REQUIRE(stat(name, &about) == 0);
  return (int)(about.st_mode & 0777);
}

static void test_new(void) {
  mode_t mask = umask(0);
  CHECK_INT(celements_file_private(path), 0);
  CHECK_INT(access(path, F_OK), -1);
  CHECK_INT(celements_file_create(path), 0);
  CHECK_INT(mode_of(path), 0600);
  umask(mask);
}

static void test_existing(void) {
  FILE *file = fopen(path, "w");
  REQUIRE(file && fputs("kept", file) >= 0 && fclose(file) == 0);
  REQUIRE(chmod(path, 0644) == 0);
  CHECK_INT(celements_file_create(path), EEXIST);
  CHECK_INT(mode_of(path), 0644);
  CHECK_INT(celements_file_private(path), 0);
  CHECK_INT(mode_of(path), 0600);
  REQUIRE(chmod(path, 0466) == 0);
  CHECK_INT(celements_file_private(path), 0);
  CHECK_INT(mode_of(path), 0400);
  file = fopen(path, "r");
  REQUIRE(file);
  CHECK_INT(fgetc(file), 'k');
  fclose(file);
}

/* To open and close a file ends the locks of the whole process on it. */
static void test_keeps_locks(void) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd;
  pid_t child;
  int status;
  REQUIRE(chmod(path, 0600) == 0);
  fd = open(path, O_RDWR);
  REQUIRE(fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0);
  REQUIRE(chmod(path, 0644) == 0);
  CHECK_INT(celements_file_create(path), EEXIST);
  CHECK_INT(celements_file_private(path), 0);
  child = fork();
  REQUIRE(child >= 0);
  if(child == 0) {
    int other = open(path, O_RDWR);
    _exit(other >= 0 && fcntl(other, F_SETLK, &lock) == -1 ? 0 : 1);
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK_INT(status, 0);
  close(fd);
}

/* What is no file is left as it is: /dev/null made private would be a disaster. */
static void test_others(void) {
  int mode = mode_of("/dev/null");
  REQUIRE(chmod(folder, 0755) == 0);
  CHECK_INT(celements_file_create(folder), EISDIR);
  CHECK_INT(celements_file_private(folder), EISDIR);
  CHECK_INT(mode_of(folder), 0755);
  CHECK_INT(celements_file_create("/dev/null"), EINVAL);
  CHECK_INT(celements_file_private("/dev/null"), EINVAL);
  CHECK_INT(mode_of("/dev/null"), mode);
}

static void test_failures(void) {
  CHECK_INT(celements_file_create("/nowhere/at/all"), ENOENT);
  CHECK_INT(celements_file_private("/nowhere/at/all"), 0);
  CHECK_INT(celements_file_create("/dev/null/x"), ENOTDIR);
}

int main(void) {
  REQUIRE(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/file", folder);
  test_new();
  test_existing();
  test_keeps_locks();
  test_others();
  test_failures();
  unlink(path);
  rmdir(folder);
  return check_done("file");
}
