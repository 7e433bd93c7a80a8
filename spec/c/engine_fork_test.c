/* Engines and fork(): parent and child each go on, and neither disturbs the other. */
#include "call.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct server server;
static celements_target *target;
static celements_engine *engine;
static celements_ticket held;

/* How many connections to the server this process holds the client's end of. */
static int connections(void) {
  int count = 0;
  int fd;
  for(fd = 0; fd < 256; fd++) {
    struct sockaddr_in peer = {0};
    socklen_t size = sizeof peer;
    if(getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET)
      count += ntohs(peer.sin_port) == server.port;
  }
  return count;
}

/* Runs `body` in a child; its failures become one of ours. */
static void in_child(void (*body)(void)) {
  int status = -1;
  pid_t child;
  fflush(stdout);
  child = fork();
  REQUIRE(child >= 0);
  if(child == 0) {
    alarm(60);
    check_failed = 0;
    body();
    celements_engine_free(engine);
    celements_target_unref(target);
    CHECK_INT(connections(), 0); /* nor may a child keep the parent's open */
    fflush(stderr);
    _exit(check_failed ? 1 : 0); /* a leak checker would stumble over the parent's threads */
  }
  while(waitpid(child, &status, 0) < 0)
    continue;
  CHECK(WIFEXITED(status));
  CHECK_INT(WEXITSTATUS(status), 0);
}

static void two_calls(void) {
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
}

static void nothing(void) {}

static void fork_again(void) {
  two_calls();
  in_child(two_calls);
  two_calls();
}

/* The parent's kept connection serves the parent before and after, whatever a child does. */
static void test_kept_connection(void) {
  int before;
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  before = atomic_load(&server.accepts);
  CHECK_INT(connections(), 1);
  in_child(nothing);
  two_calls();
  CHECK_INT(atomic_load(&server.accepts), before);
  in_child(two_calls);
  CHECK_INT(atomic_load(&server.accepts), before + 1);
  two_calls();
  CHECK_INT(atomic_load(&server.accepts), before + 1);
  in_child(fork_again);
  CHECK_INT(atomic_load(&server.accepts), before + 3);
  two_calls();
  CHECK_INT(atomic_load(&server.accepts), before + 3);
}

/* What a daemon does first: every number the engine knew is another thing's by the time it is
 * asked. */
static void close_all_and_call(void) {
  struct stat file;
  int fd;
  for(fd = 3; fd < 64; fd++)
    close(fd);
  for(fd = 3; fd < 64; fd++)
    REQUIRE_INT(open("/dev/null", O_RDONLY | O_CLOEXEC), fd);
  two_calls();
  for(fd = 3; fd < 64; fd++)
    CHECK(fstat(fd, &file) == 0 && S_ISCHR(file.st_mode));
}

static void test_reused_descriptors(void) {
  two_calls();
  in_child(close_all_and_call);
  two_calls();
}

static void take_cancelled(void) {
  celements_response *response = NULL;
  REQUIRE_INT(celements_engine_take(engine, held, &response), CELEMENTS_OK);
  CHECK(celements_response_outcome(response).sent);
  CHECK_INT(call_kind(response), CELEMENTS_KIND_CANCELLED);
  two_calls();
}

/* Whatever the child asks first, it learns of the call's end there. */
static void ask_done(void) {
  CHECK(celements_engine_done(engine, held));
  take_cancelled();
}

static void ask_next_done(void) {
  CHECK(celements_engine_next_done(engine) == held);
  take_cancelled();
}

static void ask_in_flight(void) {
  CHECK_INT(celements_engine_in_flight(engine), 0);
  take_cancelled();
}

static void ask_pollfd(void) {
  CHECK(celements_engine_pollfd(engine) >= 0);
  take_cancelled();
}

static void ask_step(void) {
  CHECK_INT(celements_engine_step(engine, -1), CELEMENTS_OK);
  CHECK(celements_engine_next_done(engine) == held);
  take_cancelled();
}

static void ask_cancel(void) {
  celements_engine_cancel(engine, held, CELEMENTS_KIND_CLOSED);
  take_cancelled();
}

static void test_in_flight(void) {
  static void (*const children[])(void) = {take_cancelled, ask_done,   ask_next_done,
                                           ask_in_flight,  ask_pollfd, ask_step,
                                           ask_cancel,     two_calls,  nothing};
  size_t i;
  held = call_submit(engine, target, (struct call){.method = "POST", .path = "/hold"});
  call_until_holding(engine, &server, 1);
  for(i = 0; i < sizeof children / sizeof children[0]; i++) {
    int failed = check_failed;
    in_child(children[i]);
    if(check_failed != failed)
      fprintf(stderr, "  in child %zu\n", i);
    CHECK_INT(celements_engine_in_flight(engine), 1);
  }
  CHECK_INT(atomic_load(&server.holding), 1);
  server_open_gate(&server);
  CHECK_INT(call_kind(call_finish(engine, held)), CELEMENTS_KIND_NONE);
  server_close_gate(&server);
}

/* What was done before the fork is there in both. */
static void take_done(void) {
  CHECK_INT(call_kind(call_finish(engine, held)), CELEMENTS_KIND_NONE);
}

static void test_done(void) {
  held = call_submit(engine, target, (struct call){.method = "GET", .path = "/ok"});
  while(!celements_engine_done(engine, held))
    celements_engine_step(engine, -1);
  in_child(take_done);
  take_done();
}

int main(void) {
  server_start(&server);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  test_kept_connection();
  test_reused_descriptors();
  test_in_flight();
  test_done();
  celements_engine_free(engine);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("engine_fork");
}
