/* Which connections are kept. */
#include "call.h"

#define BURST 300 /* more than the KEPT that are kept when few calls are in flight */
#define KEPT 256
#define SMALL 60

static struct server server;
static celements_target *target;
static celements_engine *engine;

static celements_ticket get(const char *path) {
  return call_submit(engine, target, (struct call){.method = "GET", .path = path});
}

/* So many calls at once, each on a connection of its own, and then as many as `more` while the
 * others are in flight. */
static void burst(int count, int more) {
  celements_ticket tickets[BURST];
  int i;
  for(i = 0; i < count; i++)
    tickets[i] = get("/hold");
  call_until_holding(engine, &server, count);
  server_open_gate(&server);
  for(i = 0; i < count + more; i++) {
    CHECK_INT(call_kind(call_finish(engine, tickets[i % count])), CELEMENTS_KIND_NONE);
    if(i < more)
      tickets[i % count] = get("/ok");
  }
  server_close_gate(&server);
}

static void one_by_one(int count) {
  while(count-- > 0)
    CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
}

static void test_those_of_a_burst_are_kept(void) {
  burst(SMALL, 0);
  CHECK_INT(atomic_load(&server.accepts), SMALL);
  one_by_one(2 * SMALL);
  burst(SMALL, 0);
  CHECK_INT(atomic_load(&server.accepts), SMALL);
}

/* While many are in flight none is closed that the next call could use. */
static void test_many_in_flight(void) {
  burst(BURST, BURST);
  CHECK_INT(atomic_load(&server.accepts), BURST);
}

static int open_now(void) {
  int count = 0;
  int i;
  pthread_mutex_lock(&server.lock);
  for(i = 0; i < SERVER_CONNECTIONS; i++)
    count += server.connections[i] != NULL;
  pthread_mutex_unlock(&server.lock);
  return count;
}

static void test_not_all_for_ever(void) {
  while(open_now() > KEPT)
    one_by_one(1);
  burst(KEPT, 0);
  CHECK_INT(atomic_load(&server.accepts), BURST);
}

int main(void) {
  server_start(&server);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  test_those_of_a_burst_are_kept();
  test_many_in_flight();
  test_not_all_for_ever();
  celements_engine_free(engine);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("engine_connections");
}
