/* Ending calls from outside, in every state that a call can be in, and closing the engine. */
#include "call.h"

static struct server server;
static celements_target *target;
static celements_engine *engine;

static celements_ticket get(const char *path) {
  return call_submit(engine, target, (struct call){.method = "GET", .path = path});
}

static celements_response *cancelled(celements_ticket ticket, celements_kind why) {
  size_t before = celements_engine_in_flight(engine);
  celements_response *response = NULL;
  celements_engine_cancel(engine, ticket, why);
  CHECK_INT(celements_engine_in_flight(engine), before - 1);
  CHECK(celements_engine_done(engine, ticket));
  REQUIRE_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_OK);
  CHECK_INT(celements_response_outcome(response).transport, why);
  return response;
}

static void test_not_begun(void) {
  celements_response *response = cancelled(get("/hold"), CELEMENTS_KIND_CANCELLED);
  CHECK(!celements_response_outcome(response).sent);
  CHECK_INT(celements_response_outcome(response).status, 0);
  call_kind(response);
}

static void test_unanswered(void) {
  celements_ticket ticket = get("/hold");
  celements_response *response;
  call_until_holding(engine, &server, 1);
  response = cancelled(ticket, CELEMENTS_KIND_CLOSED);
  CHECK(celements_response_outcome(response).sent);
  CHECK_INT(celements_response_outcome(response).status, 0);
  CHECK(celements_response_duration(response) > 0);
  call_kind(response);
  call_until_holding(engine, &server, 0); /* or the next test would take it for its own */
}

/* What had come by then is kept. */
static void test_half_answered(void) {
  celements_ticket ticket = get("/drip");
  celements_response *response;
  int i;
  call_until_holding(engine, &server, 1);
  for(i = 0; i < 5; i++) /* it was said before it is held */
    celements_engine_step(engine, 10);
  response = cancelled(ticket, CELEMENTS_KIND_CANCELLED);
  CHECK(celements_response_outcome(response).sent);
  CHECK_INT(celements_response_outcome(response).status, 200);
  CHECK(call_body_is(response, "half"));
  call_kind(response);
}

static void test_done(void) {
  celements_ticket ticket = get("/ok");
  celements_response *response = NULL;
  while(!celements_engine_done(engine, ticket))
    celements_engine_step(engine, -1);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  REQUIRE_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_OK);
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, 0, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(celements_engine_next_done(engine), 0);
}

static void test_twice(void) {
  celements_ticket ticket = get("/hold");
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CLOSED);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_CANCELLED);
}

static void test_others_go_on(void) {
  celements_ticket first = get("/hold");
  celements_ticket second = get("/hold");
  celements_ticket third = get("/hold");
  call_until_holding(engine, &server, 3);
  call_kind(cancelled(second, CELEMENTS_KIND_CANCELLED));
  server_open_gate(&server);
  CHECK_INT(call_kind(call_finish(engine, third)), CELEMENTS_KIND_NONE);
  CHECK_INT(call_kind(call_finish(engine, first)), CELEMENTS_KIND_NONE);
  server_close_gate(&server);
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
}

static void test_target(void) {
  celements_target *other = call_target_at(server.port);
  celements_ticket tickets[6];
  int i;
  for(i = 0; i < 6; i++)
    tickets[i] = call_submit(engine, i % 2 ? other : target,
                             (struct call){.method = "GET", .path = "/hold"});
  call_until_holding(engine, &server, 6);
  celements_engine_cancel_target(engine, other, CELEMENTS_KIND_CLOSED);
  CHECK_INT(celements_engine_in_flight(engine), 3);
  celements_target_unref(other);
  server_open_gate(&server);
  for(i = 0; i < 6; i++)
    CHECK_INT(call_kind(call_finish(engine, tickets[i])),
              i % 2 ? CELEMENTS_KIND_CLOSED : CELEMENTS_KIND_NONE);
  server_close_gate(&server);
}

/* The call holds the target by itself. */
static void test_target_outlived(void) {
  celements_target *other = call_target_at(server.port);
  celements_ticket ticket =
      call_submit(engine, other, (struct call){.method = "POST", .path = "/echo", .body = "{}"});
  celements_target_unref(other);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_NONE);
}

/* Not begun, unanswered, half answered, done and named, done and not: all are freed. */
static void test_free(void) {
  celements_ticket ticket;
  get("/ok");
  ticket = get("/ok");
  while(!celements_engine_done(engine, ticket))
    celements_engine_step(engine, -1);
  celements_engine_next_done(engine);
  get("/hold");
  get("/drip");
  call_until_holding(engine, &server, 2);
  get("/hold");
  celements_engine_free(engine);
}

int main(void) {
  server_start(&server);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  test_not_begun();
  test_unanswered();
  test_half_answered();
  test_done();
  test_twice();
  test_others_go_on();
  test_target();
  test_target_outlived();
  test_free();
  celements_target_unref(target);
  server_stop(&server);
  return check_done("engine_cancel");
}
