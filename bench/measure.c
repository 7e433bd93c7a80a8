/*
 * Runs a command and prints what all of it took: microseconds of CPU, of wall time, and the peak
 * memory in KiB. Its output is thrown away.
 *
 * usage: measure COMMAND [ARGUMENT...]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double of(struct timeval time) { return (double)time.tv_sec * 1e6 + (double)time.tv_usec; }

static void become(char **command) {
  int nowhere = open("/dev/null", O_WRONLY);
  if(nowhere >= 0)
    dup2(nowhere, STDOUT_FILENO);
  execvp(command[0], command);
  perror(command[0]);
  _exit(127);
}

int main(int argc, char **argv) {
  struct rusage usage;
  double start = microseconds();
  int status = 0;
  pid_t child;
  if(argc < 2) {
    fprintf(stderr, "usage: measure COMMAND [ARGUMENT...]\n");
    return 2;
  }
  child = fork();
  if(child == 0)
    become(argv + 1);
  if(child < 0 || wait4(child, &status, 0, &usage) != child) {
    perror("measure");
    return 1;
  }
  if(!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  printf("%.0f %.0f %ld\n", of(usage.ru_utime) + of(usage.ru_stime), microseconds() - start,
         usage.ru_maxrss);
  return 0;
}
