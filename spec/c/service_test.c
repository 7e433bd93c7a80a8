/* The service: jobs done by its thread, the bell it rings, and every way to end a job. */
#include "call.h"
#include "ce_request.h"

#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static struct server server;
static celements_target *target;
static celements_service *service;

static int visit_path(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(fd >= 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  if(connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
    return fd;
  close(fd);
  return -1;
}

static int visit(void) {
  int fd = visit_path(celements_service_path(service));
  REQUIRE(fd >= 0);
  return fd;
}

/* One byte, or the end. */
static bool is_rung(int door) {
  char byte;
  return recv(door, &byte, 1, 0) == 1;
}

static int64_t rings_waiting(int door) {
  char bytes[1024];
  ssize_t count = recv(door, bytes, sizeof bytes, MSG_DONTWAIT);
  return count > 0 ? count : 0;
}

static celements_job *start(const char *method, const char *path, const char *body) {
  celements_job *job = NULL;
  celements_request *request;
  REQUIRE_INT(celements_service_job(service, &job), CELEMENTS_OK);
  request = celements_job_request(job);
  REQUIRE_INT(celements_request_start(request, target, method, path, strlen(path)), CELEMENTS_OK);
  celements_request_limits(request, CALL_TIMEOUT_MS, 0, 1 << 20);
  REQUIRE_INT(celements_job_start(job, body, body ? strlen(body) : 0), CELEMENTS_OK);
  return job;
}

static celements_kind kind_of(celements_job *job) {
  celements_response *response = NULL;
  celements_kind kind;
  REQUIRE_INT(celements_job_take(job, &response), CELEMENTS_OK);
  kind = call_kind(response);
  celements_job_release(job);
  return kind;
}

/* Waits at the door until a job is named. */
static celements_job *next(int door) {
  celements_job *job;
  while(!(job = celements_service_next_done(service)))
    REQUIRE(is_rung(door));
  return job;
}

static void finish(int door, celements_job *job, celements_kind kind) {
  CHECK(next(door) == job);
  CHECK_INT(kind_of(job), kind);
}

static void until_holding(int count) {
  while(atomic_load(&server.holding) != count)
    usleep(1000);
}

static void until_idle(void) {
  while(celements_service_in_flight(service))
    usleep(1000);
}

static void test_calls(void) {
  int door = visit();
  size_t place = 0;
  int i;
  for(i = 0; i < 20; i++) {
    celements_job *job = start("POST", "/echo", "{\"number\":1}");
    celements_response *response = NULL;
    size_t length;
    CHECK(next(door) == job);
    REQUIRE_INT(celements_job_take(job, &response), CELEMENTS_OK);
    CHECK_INT(celements_response_outcome(response).status, 200);
    CHECK_HOLDS(celements_response_body(response, &length), "{\"number\":1}");
    celements_response_free(response);
    if(i == 0)
      place = celements_job_place(job);
    CHECK_INT(celements_job_place(job), place); /* the same job, used again */
    celements_job_release(job);
  }
  CHECK_INT(celements_service_in_flight(service), 0);
  close(door);
}

static void test_many(void) {
  enum { MANY = 150 }; /* more than the thread has room for when it begins */
  int door = visit();
  bool seen[MANY] = {false};
  int i;
  for(i = 0; i < MANY; i++)
    start("GET", "/hold", NULL);
  until_holding(MANY);
  CHECK_INT(celements_service_in_flight(service), MANY);
  CHECK(!celements_service_next_done(service));
  server_open_gate(&server);
  for(i = 0; i < MANY; i++) {
    celements_job *job = next(door);
    size_t place = celements_job_place(job);
    REQUIRE(place < MANY);
    CHECK(!seen[place]);
    seen[place] = true;
  }
  CHECK(!celements_service_next_done(service));
  for(i = 0; i < MANY; i++)
    CHECK(seen[i]);
  server_close_gate(&server);
  close(door);
}

/* What was done while nobody stood at the door is told to who comes, and the last comer is told. */
static void test_visitors(void) {
  int first = visit();
  int second;
  int64_t since;
  celements_job *job = start("GET", "/ok", NULL);
  until_idle();
  since = celements_now();
  second = visit();
  finish(second, job, CELEMENTS_KIND_NONE);
  while(is_rung(first))
    continue;
  close(first);
  CHECK(is_rung(second)); /* by the clock, once a second */
  usleep(50000);
  CHECK(rings_waiting(second) <= (celements_now() - since) / 1000);
  CHECK(send(second, "x", 1, MSG_NOSIGNAL) == 1);
  while(is_rung(second))
    continue;
  close(second);
  job = start("GET", "/ok", NULL);
  until_idle();
  first = visit();
  CHECK(is_rung(first));
  finish(first, job, CELEMENTS_KIND_NONE);
  close(first);
}

static void test_cancel(void) {
  int door = visit();
  celements_job *job = start("GET", "/hold", NULL);
  celements_response *response = NULL;
  until_holding(1);
  CHECK_INT(celements_job_take(job, &response), CELEMENTS_PENDING);
  celements_job_cancel(job);
  celements_job_cancel(job);
  finish(door, job, CELEMENTS_KIND_CANCELLED);
  /* Before it began, and with nobody at the door. */
  close(door);
  job = start("GET", "/hold", NULL);
  celements_job_cancel(job);
  until_idle();
  CHECK_INT(kind_of(job), CELEMENTS_KIND_CANCELLED);
  CHECK(!celements_service_next_done(service));
  until_holding(0);
}

static void test_release(void) {
  celements_job *job = start("GET", "/hold", NULL);
  celements_job *other;
  until_holding(1);
  celements_job_release(job);
  until_idle();
  CHECK(!celements_service_next_done(service));
  /* Done, but not named: it is not used again before its turn. */
  job = start("GET", "/ok", NULL);
  until_idle();
  celements_job_release(job);
  REQUIRE_INT(celements_service_job(service, &other), CELEMENTS_OK);
  CHECK(other != job);
  CHECK(!celements_service_next_done(service));
  /* One that was never started. */
  CHECK_INT(celements_request_start(celements_job_request(other), target, "GET", "/ok", 3),
            CELEMENTS_OK);
  celements_job_release(other);
  CHECK(celements_job_request(other)->target == NULL); /* whose secrets do not wait there */
  REQUIRE_INT(celements_service_job(service, &job), CELEMENTS_OK);
  CHECK(job == other); /* used again */
  celements_job_release(job);
}

static void test_target(void) {
  int door = visit();
  celements_target *other = call_target_at(server.port);
  celements_target *before = target;
  celements_job *job = start("GET", "/hold", NULL);
  celements_job *kept;
  target = other;
  kept = start("GET", "/hold", NULL);
  target = before;
  until_holding(2);
  celements_service_cancel_target(service, target);
  finish(door, job, CELEMENTS_KIND_CLOSED);
  server_open_gate(&server);
  finish(door, kept, CELEMENTS_KIND_NONE);
  server_close_gate(&server);
  celements_target_unref(other);
  close(door);
}

static int count_of(const char *directory) {
  DIR *entries = opendir(directory);
  int count = 0;
  REQUIRE(entries);
  while(readdir(entries))
    count++;
  closedir(entries);
  return count;
}

/* No name is left in the file system, and a connection of another process is closed unanswered. */
static void test_strangers(void) {
  char directory[] = "/tmp/celements-test.XXXXXX";
  celements_service *own = service;
  char path[200];
  int status = -1;
  pid_t child;
  REQUIRE(mkdtemp(directory));
  setenv("TMPDIR", directory, 1);
  REQUIRE_INT(celements_service_new(&service), CELEMENTS_OK);
  unsetenv("TMPDIR");
  CHECK_INT(count_of(directory), 2);
  CHECK_INT(rmdir(directory), 0);
  snprintf(path, sizeof path, "/proc/%d/%s", (int)getpid(),
           celements_service_path(service) + strlen("/proc/self/"));
  fflush(stdout);
  child = fork();
  REQUIRE(child >= 0);
  if(child == 0) {
    celements_job *job = NULL;
    int door = visit_path(path);
    if(celements_service_path(service) || celements_service_job(service, &job) != CELEMENTS_CLOSED)
      _exit(2);
    celements_service_cancel_target(service, target);
    celements_service_free(service);
    _exit(door >= 0 && is_rung(door) ? 3 : 0);
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK_INT(status, 0);
  CHECK_INT(celements_service_in_flight(service), 0);
  celements_service_free(service);
  service = own;
}

/* The server is in this process, too, and closes its ends when it comes to that: some are gone by
 * the time they are looked at. */
static bool is_the_servers(int fd) {
  struct sockaddr_in own = {0};
  socklen_t size = sizeof own;
  if(getsockname(fd, (struct sockaddr *)&own, &size) != 0)
    return errno == EBADF;
  return own.sin_family == AF_INET && ntohs(own.sin_port) == server.port;
}

static int descriptors(void) {
  DIR *entries = opendir("/proc/self/fd");
  const struct dirent *entry;
  int count = 0;
  REQUIRE(entries);
  while((entry = readdir(entries)))
    count += *entry->d_name != '.' && !is_the_servers(atoi(entry->d_name));
  closedir(entries);
  return count;
}

/* With jobs in every state, again and again: nothing stays behind. */
static void test_free(void) {
  celements_service *own = service;
  int before = descriptors();
  int round;
  for(round = 0; round < 20; round++) {
    int door;
    int i;
    REQUIRE_INT(celements_service_new(&service), CELEMENTS_OK);
    door = visit();
    start("GET", round % 2 ? "/hold" : "/ok", NULL);
    for(i = 0; i < round; i++) {
      celements_job *job = start("GET", "/hold", NULL);
      if(i % 3 == 0)
        celements_job_cancel(job);
      else if(i % 3 == 1)
        celements_job_release(job);
    }
    celements_service_free(service);
    while(is_rung(door))
      continue;
    close(door);
  }
  until_holding(0);
  CHECK_INT(descriptors(), before);
  service = own;
}

/* A descriptor is kept for the visitor. */
static void test_no_descriptors(void) {
  enum { MANY = 200 };
  struct rlimit before;
  struct rlimit few;
  int taken[MANY];
  int count = 0;
  int door;
  REQUIRE_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
  few = before;
  few.rlim_cur = (rlim_t)descriptors() + 20;
  REQUIRE_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
  while(count < MANY && (taken[count] = dup(0)) >= 0)
    count++;
  CHECK(count < MANY);
  close(taken[--count]);
  door = visit();
  CHECK(is_rung(door));
  while(count)
    close(taken[--count]);
  close(door);
  REQUIRE_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void) {
  alarm(120); /* the server does that too late for the first test */
  REQUIRE_INT(celements_service_new(&service), CELEMENTS_OK);
  test_no_descriptors(); /* before there is a server, which opens and closes them when it likes */
  server_start(&server);
  target = call_target_at(server.port);
  test_calls();
  test_many();
  test_visitors();
  test_cancel();
  test_release();
  test_target();
  test_strangers();
  test_free();
  celements_service_free(service);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("service");
}
