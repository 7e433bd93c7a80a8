/* The service: jobs done by its thread, doors that are rung, and every way to leave one. */
#include "call.h"

#include <dirent.h>
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

static void ask(int door, uint64_t ticket) {
  REQUIRE(send(door, &ticket, sizeof ticket, MSG_NOSIGNAL) == (ssize_t)sizeof ticket);
}

/* One byte, or the end. */
static bool is_rung(int door) {
  char byte;
  return recv(door, &byte, 1, 0) == 1;
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
  int i;
  for(i = 0; i < 20; i++) {
    celements_job *job = start("POST", "/echo", "{\"number\":1}");
    celements_response *response = NULL;
    size_t length;
    ask(door, celements_job_ticket(job));
    REQUIRE(is_rung(door));
    REQUIRE_INT(celements_job_take(job, &response), CELEMENTS_OK);
    CHECK_INT(celements_response_status(response), 200);
    CHECK_HOLDS(celements_response_body(response, &length), "{\"number\":1}");
    celements_response_free(response);
    celements_job_release(job);
  }
  CHECK_INT(celements_service_in_flight(service), 0);
  close(door);
}

static void test_many(void) {
  enum { MANY = 50 };
  celements_job *jobs[MANY];
  int doors[MANY];
  int i;
  for(i = 0; i < MANY; i++) {
    jobs[i] = start("GET", "/hold", NULL);
    doors[i] = visit();
    ask(doors[i], celements_job_ticket(jobs[i]));
  }
  until_holding(MANY);
  CHECK_INT(celements_service_in_flight(service), MANY);
  server_open_gate(&server);
  for(i = MANY - 1; i >= 0; i--) {
    CHECK(is_rung(doors[i]));
    CHECK_INT(kind_of(jobs[i]), CELEMENTS_KIND_NONE);
    close(doors[i]);
  }
  server_close_gate(&server);
}

/* Asked for when it is done, or not at all: the door is rung at once. */
static void test_late_and_unknown(void) {
  int door = visit();
  int other = visit();
  celements_job *job = start("GET", "/ok", NULL);
  ask(other, 12345); /* wakes the thread, too */
  CHECK(is_rung(other));
  until_idle();
  ask(door, celements_job_ticket(job));
  CHECK(is_rung(door));
  CHECK_INT(kind_of(job), CELEMENTS_KIND_NONE);
  ask(door, celements_job_ticket(job)); /* of a job that was released */
  CHECK(is_rung(door));
  close(door);
  close(other);
}

static void test_cancel(void) {
  int door = visit();
  celements_job *job = start("GET", "/hold", NULL);
  celements_response *response = NULL;
  ask(door, celements_job_ticket(job));
  until_holding(1);
  CHECK_INT(celements_job_take(job, &response), CELEMENTS_PENDING);
  celements_job_cancel(job);
  celements_job_cancel(job);
  CHECK(is_rung(door));
  CHECK_INT(kind_of(job), CELEMENTS_KIND_CANCELLED);
  /* Before it began, and with nobody at a door. */
  job = start("GET", "/hold", NULL);
  celements_job_cancel(job);
  until_idle();
  CHECK_INT(kind_of(job), CELEMENTS_KIND_CANCELLED);
  close(door);
}

static void test_leave(void) {
  int door = visit();
  celements_job *job = start("GET", "/hold", NULL);
  ask(door, celements_job_ticket(job));
  until_holding(1);
  close(door);
  until_idle();
  CHECK_INT(kind_of(job), CELEMENTS_KIND_CANCELLED);
  until_holding(0);
  /* Half a ticket, too many bytes, nothing at all. */
  door = visit();
  CHECK(send(door, "half", 4, MSG_NOSIGNAL) == 4);
  close(door);
  door = visit();
  job = start("GET", "/hold", NULL);
  ask(door, celements_job_ticket(job));
  ask(door, celements_job_ticket(job));
  CHECK(!is_rung(door));
  until_idle();
  CHECK_INT(kind_of(job), CELEMENTS_KIND_CANCELLED);
  close(door);
  close(visit());
}

static void test_release(void) {
  int door = visit();
  celements_job *job = start("GET", "/hold", NULL);
  ask(door, celements_job_ticket(job));
  until_holding(1);
  celements_job_release(job);
  CHECK(is_rung(door));
  until_idle();
  close(door);
  /* One that was never started. */
  REQUIRE_INT(celements_service_job(service, &job), CELEMENTS_OK);
  CHECK_INT(celements_request_start(celements_job_request(job), target, "GET", "/ok", 3),
            CELEMENTS_OK);
  celements_job_release(job);
}

static void test_target(void) {
  int door = visit();
  int other_door = visit();
  celements_target *other = call_target_at(server.port);
  celements_target *before = target;
  celements_job *job = start("GET", "/hold", NULL);
  celements_job *kept;
  target = other;
  kept = start("GET", "/hold", NULL);
  target = before;
  ask(door, celements_job_ticket(job));
  ask(other_door, celements_job_ticket(kept));
  until_holding(2);
  celements_service_cancel_target(service, target);
  CHECK(is_rung(door));
  CHECK_INT(kind_of(job), CELEMENTS_KIND_CLOSED);
  server_open_gate(&server);
  CHECK(is_rung(other_door));
  CHECK_INT(kind_of(kept), CELEMENTS_KIND_NONE);
  server_close_gate(&server);
  celements_target_unref(other);
  close(door);
  close(other_door);
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
    if(door >= 0) {
      uint64_t ticket = 1;
      (void)!send(door, &ticket, sizeof ticket, MSG_NOSIGNAL);
      if(is_rung(door))
        _exit(3);
    }
    _exit(0);
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK_INT(status, 0);
  CHECK_INT(celements_service_in_flight(service), 0);
  celements_service_free(service);
  service = own;
}

static int descriptors(void) { return count_of("/proc/self/fd"); }

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
    ask(door, celements_job_ticket(start("GET", round % 2 ? "/hold" : "/ok", NULL)));
    for(i = 0; i < round; i++) {
      celements_job *job = start("GET", "/hold", NULL);
      if(i % 3 == 0)
        celements_job_cancel(job);
      else if(i % 3 == 1)
        celements_job_release(job);
    }
    celements_service_free(service);
    (void)is_rung(door);
    close(door);
  }
  CHECK_INT(descriptors(), before);
  until_holding(0);
  service = own;
}

/* A visitor for whom there is no descriptor is turned away, and does not wait for ever. */
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
  CHECK(!is_rung(door));
  close(door);
  while(count)
    close(taken[--count]);
  REQUIRE_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
  test_calls();
}

int main(void) {
  server_start(&server);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_service_new(&service), CELEMENTS_OK);
  test_calls();
  test_many();
  test_late_and_unknown();
  test_cancel();
  test_leave();
  test_release();
  test_target();
  test_strangers();
  test_free();
  test_no_descriptors();
  celements_service_free(service);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("service");
}
