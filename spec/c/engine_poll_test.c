/* The engine behind its one descriptor, in somebody else's loop; and the descriptors it opens. */
#include "call.h"

#include <dirent.h>

static struct server server;
static celements_target *target;
static celements_engine *engine;

static celements_ticket get(const char *path, long timeout_ms) {
  return call_submit(engine, target,
                     (struct call){.method = "GET", .path = path, .timeout_ms = timeout_ms});
}

/* Waits as an outside loop does: for the descriptor alone, for as long as it takes. */
static void turn(void) {
  struct pollfd poll_fd = {celements_engine_pollfd(engine), POLLIN, 0};
  REQUIRE(poll_fd.fd >= 0);
  while(poll(&poll_fd, 1, -1) < 0)
    continue;
  REQUIRE_INT(celements_engine_step(engine, 0), CELEMENTS_OK);
}

static celements_kind finish(celements_ticket ticket) {
  celements_response *response = NULL;
  while(!celements_engine_done(engine, ticket))
    turn();
  REQUIRE_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_OK);
  return call_kind(response);
}

static void test_calls(void) {
  int i;
  for(i = 0; i < 20; i++)
    CHECK_INT(finish(get("/ok", 0)), CELEMENTS_KIND_NONE);
  CHECK_INT(finish(get("/body/3000000", 0)), CELEMENTS_KIND_RESPONSE); /* over a megabyte */
  CHECK_INT(finish(get("/short", 0)), CELEMENTS_KIND_RESPONSE);
  CHECK_INT(finish(get("/drop", 0)), CELEMENTS_KIND_NETWORK);
}

static void test_many(void) {
  celements_ticket tickets[50];
  int i;
  for(i = 0; i < 50; i++)
    tickets[i] = get(i % 3 ? "/ok" : "/echo", 0);
  for(i = 0; i < 50; i++)
    CHECK_INT(finish(tickets[i]), CELEMENTS_KIND_NONE);
}

/* A call whose only event is its deadline. */
static void test_deadline(void) {
  celements_ticket late = get("/hold", 200);
  celements_ticket early = get("/hold", 50);
  CHECK_INT(finish(early), CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(finish(late), CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(finish(get("/hold", 50)), CELEMENTS_KIND_TIMEOUT);
}

/* The earlier deadline comes while the later one is armed. */
static void test_deadline_moves_earlier(void) {
  celements_ticket late = get("/hold", CALL_TIMEOUT_MS);
  celements_ticket early;
  call_until_holding(engine, &server, 1);
  celements_engine_pollfd(engine);
  early = get("/hold", 50);
  CHECK_INT(finish(early), CELEMENTS_KIND_TIMEOUT);
  CHECK(!celements_engine_done(engine, late));
  celements_engine_cancel(engine, late, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(finish(late), CELEMENTS_KIND_CANCELLED);
}

/* The engine's own waits and an outside loop's by turns. */
static void test_both_ways(void) {
  int i;
  for(i = 0; i < 10; i++) {
    celements_ticket ticket = get("/hold", 40);
    if(i % 2)
      celements_engine_step(engine, 1);
    else
      turn();
    if(i % 3)
      CHECK_INT(finish(ticket), CELEMENTS_KIND_TIMEOUT);
    else
      CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_TIMEOUT);
  }
}

/* The names of hosts are looked up by threads of libcurl, which tell it by descriptors, too. */
static void test_resolver(void) {
  celements_target *kept = target;
  char url[100];
  snprintf(url, sizeof url, "http://localhost:%d", server.port);
  target = call_target(url);
  CHECK_INT(finish(get("/ok", 0)), CELEMENTS_KIND_NONE);
  celements_target_unref(target);
  target = call_target("http://no-such-host.invalid");
  CHECK_INT(finish(get("/ok", 0)), CELEMENTS_KIND_NETWORK);
  celements_target_unref(target);
  target = kept;
}

/* Idle, the descriptor is quiet; a kept connection that the server closes may wake it, but not for
 * ever. */
static void test_quiet(void) {
  struct pollfd poll_fd = {-1, POLLIN, 0};
  int turns;
  CHECK_INT(finish(get("/ok", 0)), CELEMENTS_KIND_NONE);
  server_stop(&server);
  for(turns = 0; turns < 100; turns++) {
    poll_fd.fd = celements_engine_pollfd(engine);
    if(poll(&poll_fd, 1, 20) == 0)
      break;
    REQUIRE_INT(celements_engine_step(engine, 0), CELEMENTS_OK);
  }
  CHECK(turns < 100);
  server_start(&server);
  celements_target_unref(target);
  target = call_target_at(server.port);
}

static void test_stable(void) {
  int fd = celements_engine_pollfd(engine);
  CHECK_INT(finish(get("/ok", 0)), CELEMENTS_KIND_NONE);
  CHECK_INT(finish(get("/hold", 20)), CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(celements_engine_pollfd(engine), fd);
}

/* Counts the open descriptors; those that a program started from here would inherit, if asked. */
static int descriptors(bool inherited) {
  DIR *directory = opendir("/proc/self/fd");
  const struct dirent *entry;
  int count = 0;
  REQUIRE(directory != NULL);
  while((entry = readdir(directory))) {
    int fd = atoi(entry->d_name);
    int domain = 0;
    socklen_t size = sizeof domain;
    if(entry->d_name[0] == '.' || fd == dirfd(directory))
      continue;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    if(!inherited)
      count++;
    else if(domain != AF_UNIX) /* libcurl's own pairs, which nobody can mark */
      count += !(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  }
  closedir(directory);
  return count;
}

static void test_descriptors(void) {
  const int before = descriptors(false);
  const int inherited = descriptors(true);
  celements_engine *kept = engine;
  int round;
  for(round = 0; round < 3; round++) {
    celements_ticket tickets[10];
    int i;
    REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
    for(i = 0; i < 10; i++)
      tickets[i] = get("/hold", 0);
    call_until_holding(engine, &server, 10);
    celements_engine_pollfd(engine);
    CHECK(descriptors(false) > before);
    CHECK_INT(descriptors(true), inherited);
    for(i = 0; i < 5; i++)
      celements_engine_cancel(engine, tickets[i], CELEMENTS_KIND_CANCELLED);
    celements_engine_free(engine);
    while(atomic_load(&server.holding)) /* the server's own, in this process */
      usleep(1000);
  }
  engine = kept;
  for(round = 0; round < 60000 && descriptors(false) != before; round++)
    usleep(1000);
  CHECK_INT(descriptors(false), before);
}

int main(void) {
  server_start(&server);
  target = call_target_at(server.port);
  test_descriptors();
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  test_calls();
  test_many();
  test_deadline();
  test_deadline_moves_earlier();
  test_both_ways();
  test_resolver();
  test_quiet();
  test_stable();
  celements_engine_free(engine);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("engine_poll");
}
