/* Calls that wait for their client's limit, and every way in which they begin or end. */
#include "call.h"

#include <sys/wait.h>

static struct server server;
static celements_engine *engine;

static celements_target *limited(unsigned max_in_flight, double rate) {
  char url[100];
  struct celements_target_options options = {.base_url = url,
                                             .user_secret = "user",
                                             .proxy = "",
                                             .max_in_flight = max_in_flight,
                                             .rate = rate};
  celements_target *target = NULL;
  snprintf(url, sizeof url, "http://127.0.0.1:%d", server.port);
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  return target;
}

static celements_ticket get(celements_target *target, const char *path) {
  return call_submit(engine, target, (struct call){.method = "GET", .path = path});
}

static void step_some(void) {
  int i;
  for(i = 0; i < 10; i++)
    REQUIRE_INT(celements_engine_step(engine, 5), CELEMENTS_OK);
}

static celements_kind end_of(celements_ticket ticket) {
  return call_kind(call_finish(engine, ticket));
}

/* Whether no step is due. */
static bool is_quiet(void) {
  struct pollfd descriptor = {.fd = celements_engine_pollfd(engine), .events = POLLIN};
  return poll(&descriptor, 1, 0) == 0;
}

static void test_begins_when_another_ends(void) {
  celements_target *target = limited(2, 0);
  celements_ticket tickets[6];
  int before = atomic_load(&server.requests);
  size_t i;
  for(i = 0; i < 6; i++)
    tickets[i] = get(target, i < 2 ? "/hold" : "/ok");
  CHECK_INT(celements_engine_in_flight(engine), 6);
  call_until_holding(engine, &server, 2);
  step_some();
  CHECK_INT(atomic_load(&server.requests), before + 2);
  CHECK(is_quiet());
  server_open_gate(&server);
  for(i = 0; i < 6; i++)
    CHECK_INT(end_of(tickets[i]), CELEMENTS_KIND_NONE);
  server_close_gate(&server);
  CHECK_INT(atomic_load(&server.requests), before + 6);
  CHECK_INT(celements_engine_in_flight(engine), 0);
  celements_target_unref(target);
}

/* With one call at a time the order of the answers is the order in which the calls began. */
static void test_order(void) {
  celements_target *target = limited(1, 0);
  celements_ticket tickets[5];
  celements_ticket next;
  size_t seen = 0;
  size_t i;
  for(i = 0; i < 5; i++)
    tickets[i] = get(target, "/ok");
  while(seen < 5) {
    while((next = celements_engine_next_done(engine)))
      CHECK(next == tickets[seen++]);
    if(seen < 5)
      REQUIRE_INT(celements_engine_step(engine, -1), CELEMENTS_OK);
  }
  for(i = 0; i < 5; i++)
    CHECK_INT(end_of(tickets[i]), CELEMENTS_KIND_NONE);
  celements_target_unref(target);
}

static void test_others_go_on(void) {
  celements_target *first = limited(1, 0);
  celements_target *second = limited(1, 0);
  celements_target *free_one = call_target_at(server.port);
  celements_ticket held = get(first, "/hold");
  celements_ticket waiting = get(first, "/ok");
  CHECK_INT(call_get(engine, second, "/ok"), CELEMENTS_KIND_NONE);
  CHECK_INT(call_get(engine, free_one, "/ok"), CELEMENTS_KIND_NONE);
  CHECK(!celements_engine_done(engine, waiting));
  celements_engine_cancel(engine, held, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(waiting), CELEMENTS_KIND_NONE);
  CHECK_INT(end_of(held), CELEMENTS_KIND_CANCELLED);
  celements_target_unref(first);
  celements_target_unref(second);
  celements_target_unref(free_one);
}

/* A target whose calls have ended takes no other's waiting calls with it. */
static void test_the_first_to_end(void) {
  celements_target *first = limited(1, 0);
  celements_target *second = limited(1, 0);
  celements_ticket ended = get(first, "/hold");
  celements_ticket held = get(second, "/hold");
  celements_ticket waiting = get(second, "/ok");
  celements_engine_cancel(engine, ended, CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, held, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(waiting), CELEMENTS_KIND_NONE);
  CHECK_INT(end_of(ended), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(held), CELEMENTS_KIND_CANCELLED);
  celements_target_unref(first);
  celements_target_unref(second);
}

static void test_with_token_shares(void) {
  celements_target *parent = limited(1, 0);
  celements_target *child = NULL;
  celements_ticket held = get(parent, "/hold");
  celements_ticket waiting;
  REQUIRE_INT(celements_target_with_token(&child, parent, "token"), CELEMENTS_OK);
  celements_target_unref(parent);
  waiting = get(child, "/ok");
  call_until_holding(engine, &server, 1);
  step_some();
  CHECK(!celements_engine_done(engine, waiting));
  celements_engine_cancel(engine, held, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(waiting), CELEMENTS_KIND_NONE);
  CHECK_INT(end_of(held), CELEMENTS_KIND_CANCELLED);
  celements_target_unref(child);
}

static void test_deadline_covers_the_wait(void) {
  celements_target *target = limited(1, 0);
  celements_ticket held = get(target, "/hold");
  celements_ticket hasty[3];
  celements_ticket patient;
  size_t i;
  int before = atomic_load(&server.requests);
  for(i = 0; i < 3; i++)
    hasty[i] =
        call_submit(engine, target,
                    (struct call){.method = "POST", .path = "/ok", .body = "{}", .timeout_ms = 30});
  patient = get(target, "/ok");
  for(i = 0; i < 3; i++) {
    celements_response *response = call_finish(engine, hasty[i]);
    struct celements_outcome outcome = celements_response_outcome(response);
    CHECK_INT(outcome.transport, CELEMENTS_KIND_TIMEOUT);
    CHECK(!outcome.sent && !celements_maybe_sent(&outcome));
    CHECK_INT(outcome.status, 0);
    CHECK(celements_response_duration(response) >= 0.03);
    CHECK_HOLDS(celements_response_detail(response), "max_in_flight");
    celements_response_free(response);
  }
  CHECK(!celements_engine_done(engine, patient));
  step_some();
  CHECK(is_quiet()); /* nobody is waited for who has gone */
  celements_engine_cancel(engine, held, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(held), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(patient), CELEMENTS_KIND_NONE);
  CHECK(atomic_load(&server.requests) <= before + 2);
  celements_target_unref(target);
}

/* The time a call waited is gone from its deadline when it begins. */
static void test_the_rest_of_the_deadline(void) {
  celements_target *target = limited(1, 0);
  celements_ticket first = call_submit(
      engine, target, (struct call){.method = "GET", .path = "/hold", .timeout_ms = 100});
  celements_ticket second = call_submit(
      engine, target, (struct call){.method = "GET", .path = "/hold", .timeout_ms = 2000});
  celements_response *response;
  CHECK_INT(end_of(first), CELEMENTS_KIND_TIMEOUT);
  response = call_finish(engine, second);
  CHECK(celements_response_outcome(response).sent);
  CHECK(celements_response_duration(response) >= 1.999);
  CHECK_INT(call_kind(response), CELEMENTS_KIND_TIMEOUT);
  /* The handle that was given less time than its call asked for is used again. */
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  celements_target_unref(target);
}

static void test_cancel_while_waiting(void) {
  celements_target *target = limited(1, 0);
  celements_ticket held = get(target, "/hold");
  celements_ticket waiting[4];
  size_t i;
  for(i = 0; i < 4; i++)
    waiting[i] = get(target, "/ok");
  celements_engine_cancel(engine, waiting[1], CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, waiting[3], CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, waiting[0], CELEMENTS_KIND_CANCELLED);
  CHECK_INT(celements_engine_in_flight(engine), 2);
  for(i = 0; i < 4; i++) {
    if(i != 2)
      CHECK_INT(end_of(waiting[i]), CELEMENTS_KIND_CANCELLED);
  }
  CHECK(!celements_engine_done(engine, waiting[2]));
  celements_engine_cancel_target(engine, target, CELEMENTS_KIND_CLOSED);
  CHECK_INT(end_of(waiting[2]), CELEMENTS_KIND_CLOSED);
  CHECK_INT(end_of(held), CELEMENTS_KIND_CLOSED);
  CHECK_INT(celements_engine_in_flight(engine), 0);
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  celements_target_unref(target);
}

static void test_rate(void) {
  celements_target *target = limited(0, 50);
  celements_ticket tickets[5];
  int64_t start = celements_now();
  size_t i;
  for(i = 0; i < 5; i++)
    tickets[i] = get(target, "/ok");
  for(i = 0; i < 5; i++)
    CHECK_INT(end_of(tickets[i]), CELEMENTS_KIND_NONE);
  CHECK(celements_now() - start >= 4 * 20 - 1);
  celements_target_unref(target);
}

/* A 429 that says when to try again holds the next calls back, those with another token too. */
static void test_refusal(void) {
  celements_target *target = limited(0, 1000);
  celements_target *other = NULL;
  celements_ticket waiting;
  int before;
  REQUIRE_INT(celements_target_with_token(&other, target, "token"), CELEMENTS_OK);
  CHECK_INT(call_get(engine, target, "/status/429"), CELEMENTS_KIND_RATE_LIMITED);
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  CHECK_INT(call_get(engine, target, "/busy"), CELEMENTS_KIND_RATE_LIMITED);
  before = atomic_load(&server.requests);
  waiting =
      call_submit(engine, other, (struct call){.method = "GET", .path = "/ok", .timeout_ms = 50});
  CHECK_INT(end_of(waiting), CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(atomic_load(&server.requests), before);
  celements_target_unref(other);
  celements_target_unref(target);
}

/* An outside loop learns from the descriptor alone when a call may begin. */
static void test_pollfd(void) {
  celements_target *target = limited(0, 20);
  celements_ticket first = get(target, "/ok");
  celements_ticket second = get(target, "/ok");
  while(!celements_engine_done(engine, second)) {
    struct pollfd fd = {.fd = celements_engine_pollfd(engine), .events = POLLIN};
    REQUIRE_INT(poll(&fd, 1, CALL_TIMEOUT_MS), 1);
    REQUIRE_INT(celements_engine_step(engine, 0), CELEMENTS_OK);
  }
  CHECK_INT(end_of(first), CELEMENTS_KIND_NONE);
  CHECK_INT(end_of(second), CELEMENTS_KIND_NONE);
  celements_target_unref(target);
}

static void test_two_engines(void) {
  celements_target *target = limited(1, 0);
  celements_engine *own = engine;
  celements_engine *other = NULL;
  celements_ticket held = get(target, "/hold");
  celements_ticket waiting;
  REQUIRE_INT(celements_engine_new(&other), CELEMENTS_OK);
  call_until_holding(own, &server, 1);
  engine = other;
  waiting = get(target, "/ok");
  step_some();
  CHECK(!celements_engine_done(other, waiting));
  celements_engine_free(own); /* its call ends, and tells nobody */
  CHECK_INT(end_of(waiting), CELEMENTS_KIND_NONE);
  (void)held;
  celements_target_unref(target);
}

/* An engine that has one of two slots begins another call when the other engine's slot is free,
 * though none of its own has ended. */
static void test_two_engines_share(void) {
  celements_target *target = limited(2, 0);
  celements_engine *other = NULL;
  celements_ticket theirs;
  celements_ticket ours;
  celements_ticket waiting;
  int i;
  REQUIRE_INT(celements_engine_new(&other), CELEMENTS_OK);
  theirs = call_submit(other, target, (struct call){.method = "GET", .path = "/hold"});
  call_until_holding(other, &server, 1);
  ours = get(target, "/hold");
  call_until_holding(engine, &server, 2);
  waiting = get(target, "/ok");
  step_some();
  CHECK(!celements_engine_done(engine, waiting));
  celements_engine_cancel(other, theirs, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(call_kind(call_finish(other, theirs)), CELEMENTS_KIND_CANCELLED);
  for(i = 0; i < 1000 && !celements_engine_done(engine, waiting); i++)
    REQUIRE_INT(celements_engine_step(engine, 5), CELEMENTS_OK);
  CHECK(celements_engine_done(engine, waiting));
  celements_engine_cancel(engine, ours, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(ours), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(end_of(waiting), CELEMENTS_KIND_NONE);
  celements_engine_free(other);
  celements_target_unref(target);
}

static void test_fork(void) {
  celements_target *target = limited(1, 0);
  celements_ticket held = get(target, "/hold");
  celements_ticket waiting = get(target, "/ok");
  int status = 0;
  pid_t child;
  call_until_holding(engine, &server, 1);
  child = fork();
  if(child == 0) {
    CHECK_INT(end_of(held), CELEMENTS_KIND_CANCELLED);
    CHECK_INT(end_of(waiting), CELEMENTS_KIND_CANCELLED);
    CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
    _exit(check_failed ? 1 : 0);
  }
  REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
  CHECK_INT(status, 0);
  CHECK(!celements_engine_done(engine, waiting));
  server_open_gate(&server);
  CHECK_INT(end_of(held), CELEMENTS_KIND_NONE);
  CHECK_INT(end_of(waiting), CELEMENTS_KIND_NONE);
  server_close_gate(&server);
  celements_target_unref(target);
}

static void test_free_with_waiting(void) {
  celements_target *target = limited(1, 0);
  get(target, "/hold");
  get(target, "/ok");
  get(target, "/ok");
  celements_engine_free(engine);
  engine = NULL;
  celements_target_unref(target);
}

int main(void) {
  server_start(&server);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  test_begins_when_another_ends();
  test_order();
  test_others_go_on();
  test_the_first_to_end();
  test_with_token_shares();
  test_deadline_covers_the_wait();
  test_the_rest_of_the_deadline();
  test_cancel_while_waiting();
  test_rate();
  test_refusal();
  test_pollfd();
  test_two_engines();
  test_two_engines_share();
  test_fork();
  test_free_with_waiting();
  server_stop(&server);
  return check_done("engine_limit");
}
