/* The engine: calls on the wire, many at once, and the life of tickets. */
#include "call.h"

static struct server server;
static celements_target *target;
static celements_engine *engine;

static void test_one_call(void) {
  celements_response *response =
      call_run(engine, target, (struct call){.method = "GET", .path = "/ok"});
  struct celements_outcome outcome = celements_response_outcome(response);
  size_t length;
  size_t value_length;
  const char *headers = celements_response_headers(response, &length);
  const char *type = celements_header_find(headers, length, "content-type", &value_length);
  CHECK_INT(celements_response_outcome(response).status, 200);
  CHECK(call_body_is(response, "{}"));
  CHECK_BYTES(type, value_length, "application/json");
  CHECK(celements_response_duration(response) > 0);
  CHECK_TEXT(celements_response_detail(response), "");
  CHECK_INT(outcome.transport, CELEMENTS_KIND_NONE);
  CHECK(outcome.sent && !outcome.retry_after);
  CHECK_INT(outcome.request_body, 0);
  celements_response_free(response);
}

/* The whole request as the server got it. */
static char *echo(const char *method, const char *body) {
  celements_response *response = call_run(
      engine, target, (struct call){.method = method, .path = "/echo?q=%41", .body = body});
  size_t length;
  const char *data = celements_response_body(response, &length);
  char *text = strndup(data, length);
  CHECK_INT(celements_response_outcome(response).status, 200);
  CHECK_INT(celements_response_outcome(response).request_body, body ? strlen(body) : 0);
  celements_response_free(response);
  REQUIRE(text != NULL);
  return text;
}

static void test_wire(void) {
  char *text = echo("POST", "{\"a\":1}");
  CHECK(strncmp(text, "POST /echo?q=%41 HTTP/1.1\r\n", 27) == 0);
  CHECK_HOLDS(text, "\r\nAuthorization: User user, Organization organization, Element token\r\n");
  CHECK_HOLDS(text, "\r\nContent-Type: application/json\r\n");
  CHECK_HOLDS(text, "\r\nAccept: application/json\r\n");
  CHECK_HOLDS(text, "\r\nUser-Agent: celements/" CELEMENTS_VERSION "\r\n");
  CHECK_HOLDS(text, "\r\nContent-Length: 7\r\n");
  CHECK_HOLDS(text, "\r\n\r\n{\"a\":1}");
  CHECK(!strstr(text, "Expect"));
  free(text);
  text = echo("GET", NULL);
  CHECK(strncmp(text, "GET /echo?q=%41 HTTP/1.1\r\n", 26) == 0);
  CHECK(!strstr(text, "Content-"));
  free(text);
  text = echo("POST", NULL);
  CHECK_HOLDS(text, "\r\nContent-Length: 0\r\n");
  CHECK(!strstr(text, "Content-Type"));
  free(text);
}

/* Asks for a path below the base URL and checks what the server got. */
static void check_line(celements_target *of, const char *path, const char *wanted) {
  celements_response *response = call_run(engine, of, (struct call){.method = "GET", .path = path});
  size_t length;
  const char *text = celements_response_body(response, &length);
  const char *end = memchr(text, '\r', length);
  CHECK_BYTES(text, end ? (size_t)(end - text) : length, wanted);
  celements_response_free(response);
}

/* One handle goes from path to path and from base URL to base URL: each is sent whole. */
static void test_paths_after_each_other(void) {
  celements_target *below;
  char url[100];
  int i;
  snprintf(url, sizeof url, "http://127.0.0.1:%d/echo/v2/", server.port);
  below = call_target(url);
  for(i = 0; i < 2; i++) {
    check_line(target, "/echo/a%2fb;c=d?x[]=%c3%a9&y=a+b?c",
               "GET /echo/a%2fb;c=d?x[]=%c3%a9&y=a+b?c HTTP/1.1");
    check_line(target, "/echo", "GET /echo HTTP/1.1");
    check_line(below, "/instances?a=b", "GET /echo/v2/instances?a=b HTTP/1.1");
    check_line(below, "/a b", "GET /echo/v2/a%20b HTTP/1.1");
    check_line(target, "/echo//x/", "GET /echo//x/ HTTP/1.1");
  }
  celements_target_unref(below);
}

/* One handle makes calls of every method after one of every other: nothing may stay behind. */
static void test_methods_after_each_other(void) {
  static const struct {
    const char *method;
    const char *body;
  } calls[] = {{"GET", NULL},   {"HEAD", NULL},   {"POST", "{}"},   {"POST", NULL}, {"PUT", "{}"},
               {"PATCH", "{}"}, {"DELETE", NULL}, {"DELETE", "{}"}, {"GET", "{}"},  {"PUT", NULL}};
  const size_t count = sizeof calls / sizeof calls[0];
  size_t i;
  for(i = 0; i < 2 * count * count; i++) {
    size_t at = i % 2 ? i / 2 / count % count : i / 2 % count;
    char *text;
    if(strcmp(calls[at].method, "HEAD") == 0) {
      /* The answer's length is for a body that must not be waited for. */
      call_kind(call_run(engine, target, (struct call){.method = "HEAD", .path = "/ok"}));
      continue;
    }
    text = echo(calls[at].method, calls[at].body);
    CHECK(strncmp(text, calls[at].method, strlen(calls[at].method)) == 0);
    CHECK(text[strlen(calls[at].method)] == ' ');
    CHECK_TEXT(strstr(text, "\r\n\r\n") ? strstr(text, "\r\n\r\n") + 4 : NULL,
               calls[at].body ? calls[at].body : "");
    free(text);
  }
}

static void test_connection_is_kept(void) {
  int before;
  int i;
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  before = atomic_load(&server.accepts);
  for(i = 0; i < 20; i++)
    CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  CHECK_INT(atomic_load(&server.accepts), before);
  CHECK_INT(call_get(engine, target, "/bye"), CELEMENTS_KIND_NONE);
  CHECK_INT(call_get(engine, target, "/ok"), CELEMENTS_KIND_NONE);
  CHECK_INT(atomic_load(&server.accepts), before + 1);
}

enum { MANY = 200 };

static void test_many_at_once(void) {
  celements_ticket tickets[MANY];
  celements_ticket ticket;
  int done = 0;
  int i;
  for(i = 0; i < MANY; i++)
    tickets[i] = call_submit(engine, target,
                             (struct call){.method = i % 2 ? "POST" : "GET", .path = "/hold"});
  CHECK_INT(celements_engine_in_flight(engine), MANY);
  call_until_holding(engine, &server, MANY); /* so they were all on their way at one time */
  CHECK_INT(celements_engine_next_done(engine), 0);
  server_open_gate(&server);
  while(done < MANY) {
    REQUIRE_INT(celements_engine_step(engine, -1), CELEMENTS_OK);
    while((ticket = celements_engine_next_done(engine))) {
      celements_response *response = NULL;
      REQUIRE_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_OK);
      CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
      for(i = 0; i < MANY && tickets[i] != ticket; i++)
        continue;
      REQUIRE(i < MANY);
      tickets[i] = 0;
      done++;
    }
  }
  server_close_gate(&server);
  CHECK_INT(celements_engine_in_flight(engine), 0);
}

static void test_tickets(void) {
  celements_response *untouched = (celements_response *)&server;
  celements_response *response = untouched;
  celements_ticket ticket =
      call_submit(engine, target, (struct call){.method = "GET", .path = "/hold"});
  celements_ticket next;
  CHECK_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_PENDING);
  CHECK(!celements_engine_done(engine, ticket));
  call_until_holding(engine, &server, 1);
  CHECK_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_PENDING);
  server_open_gate(&server);
  call_kind(call_finish(engine, ticket));
  server_close_gate(&server);
  CHECK_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_CLOSED);
  CHECK(celements_engine_done(engine, ticket));
  CHECK_INT(celements_engine_take(engine, 0, &response), CELEMENTS_CLOSED);
  CHECK_INT(celements_engine_take(engine, UINT64_MAX, &response), CELEMENTS_CLOSED);
  CHECK(response == untouched);
  next = call_submit(engine, target, (struct call){.method = "GET", .path = "/ok"});
  CHECK(next != ticket); /* the same place, but another ticket */
  CHECK_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_CLOSED);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  CHECK_INT(call_kind(call_finish(engine, next)), CELEMENTS_KIND_NONE);
}

/* The oldest first, each once, and none that was taken meanwhile. */
static void test_next_done(void) {
  celements_ticket tickets[5];
  int i;
  for(i = 0; i < 5; i++)
    tickets[i] = call_submit(engine, target, (struct call){.method = "GET", .path = "/hold"});
  celements_engine_cancel(engine, tickets[3], CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, tickets[1], CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, tickets[4], CELEMENTS_KIND_CANCELLED);
  celements_engine_cancel(engine, tickets[0], CELEMENTS_KIND_CANCELLED);
  CHECK_INT(call_kind(call_finish(engine, tickets[1])), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(celements_engine_next_done(engine), tickets[3]);
  CHECK_INT(call_kind(call_finish(engine, tickets[0])), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(celements_engine_next_done(engine), tickets[4]);
  CHECK_INT(celements_engine_next_done(engine), 0);
  celements_engine_cancel(engine, tickets[2], CELEMENTS_KIND_CLOSED);
  CHECK_INT(celements_engine_next_done(engine), tickets[2]);
  CHECK_INT(celements_engine_next_done(engine), 0);
  CHECK_INT(call_kind(call_finish(engine, tickets[4])), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(call_kind(call_finish(engine, tickets[3])), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(call_kind(call_finish(engine, tickets[2])), CELEMENTS_KIND_CLOSED);
}

/* A description is good for one call: nobody makes a second instance by submitting it again. */
static void test_description_is_used_up(void) {
  celements_request *request = NULL;
  celements_ticket ticket = 0;
  int before;
  REQUIRE_INT(celements_request_new(&request), CELEMENTS_OK);
  CHECK_INT(celements_engine_submit(engine, request, &ticket), CELEMENTS_CLOSED);
  REQUIRE_INT(celements_request_start(request, target, "POST", "/ok", 3), CELEMENTS_OK);
  REQUIRE_INT(celements_engine_submit(engine, request, &ticket), CELEMENTS_OK);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_NONE);
  before = atomic_load(&server.requests);
  ticket = 77;
  CHECK_INT(celements_engine_submit(engine, request, &ticket), CELEMENTS_CLOSED);
  CHECK_INT(ticket, 77);
  CHECK_INT(celements_engine_in_flight(engine), 0);
  REQUIRE_INT(celements_request_start(request, target, "GET", "/ok", 3), CELEMENTS_OK);
  REQUIRE_INT(celements_engine_submit(engine, request, &ticket), CELEMENTS_OK);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_NONE);
  CHECK_INT(atomic_load(&server.requests), before + 1);
  celements_request_free(request);
}

static void test_times(void) {
  char url[100];
  struct celements_target_options options = {.base_url = url, .proxy = "", .timed = true};
  celements_target *timed = NULL;
  celements_engine *fresh = NULL; /* on a kept connection nothing is looked up or connected */
  celements_response *response;
  const struct celements_times *times;
  snprintf(url, sizeof url, "http://127.0.0.1:%d", server.port);
  REQUIRE_INT(celements_target_new(&timed, &options, NULL), CELEMENTS_OK);
  REQUIRE_INT(celements_engine_new(&fresh), CELEMENTS_OK);
  response = call_run(fresh, timed,
                      (struct call){.method = "POST", .path = "/body/1000", .body = "12345"});
  times = celements_response_times(response);
  REQUIRE(times != NULL);
  CHECK_INT(times->sent, 5);
  CHECK_INT(times->received, 1000);
  CHECK(times->dns >= 0 && times->connect >= times->dns);
  CHECK(times->connect > 0 && times->first_byte >= times->connect);
  CHECK(times->first_byte <= times->total && times->tls == 0);
  celements_response_free(response);
  celements_engine_free(fresh);
  response = call_run(engine, target, (struct call){.method = "GET", .path = "/ok"});
  CHECK(celements_response_times(response) == NULL);
  celements_response_free(response);
  celements_target_unref(timed);
}

int main(void) {
  server_start(&server);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  CHECK_INT(celements_engine_next_done(engine), 0);
  CHECK_INT(celements_engine_step(engine, 0), CELEMENTS_OK);
  test_one_call();
  test_wire();
  test_paths_after_each_other();
  test_methods_after_each_other();
  test_connection_is_kept();
  test_many_at_once();
  test_tickets();
  test_times();
  test_next_done();
  test_description_is_used_up();
  celements_engine_free(engine);
  celements_engine_free(NULL);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("engine");
}
