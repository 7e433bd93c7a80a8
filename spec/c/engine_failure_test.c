/* What breaks on the wire, and what the engine says of it. */
#include "call.h"

static struct server server;
static celements_target *target;
static celements_engine *engine;

struct expected {
  celements_kind kind;
  bool sent;
  long status;
};

static void check_response(celements_response *response, const char *path,
                           struct expected expected) {
  if(!CHECK_INT(celements_response_outcome(response).sent, expected.sent) ||
     !CHECK_INT(celements_response_outcome(response).status, expected.status))
    fprintf(stderr, "  for %s\n", path);
  if(!CHECK_INT(call_kind(response), expected.kind))
    fprintf(stderr, "  for %s\n", path);
}

static void check_call(struct call call, struct expected expected) {
  check_response(call_run(engine, target, call), call.path, expected);
}

static void get(const char *path, celements_kind kind, long status) {
  check_call((struct call){.method = "GET", .path = path}, (struct expected){kind, true, status});
}

static void test_answers(void) {
  get("/ok", CELEMENTS_KIND_NONE, 200);
  get("/continue", CELEMENTS_KIND_NONE, 200);
  get("/chunks", CELEMENTS_KIND_NONE, 200);
  get("/status/204", CELEMENTS_KIND_NONE, 204);
  get("/status/401", CELEMENTS_KIND_UNAUTHORIZED, 401);
  get("/status/404", CELEMENTS_KIND_NOT_FOUND, 404);
  get("/status/502", CELEMENTS_KIND_SERVER, 502);
  get("/redirect", CELEMENTS_KIND_RESPONSE, 302); /* never followed */
}

static void test_broken_answers(void) {
  get("/drop", CELEMENTS_KIND_NETWORK, 0);
  get("/short", CELEMENTS_KIND_RESPONSE, 200);
  get("/shortchunks", CELEMENTS_KIND_RESPONSE, 200);
  get("/shorthead", CELEMENTS_KIND_RESPONSE, 200);
  get("/garbage", CELEMENTS_KIND_RESPONSE, 0);
}

static void test_headers_of_final_answer(void) {
  celements_response *response =
      call_run(engine, target, (struct call){.method = "GET", .path = "/continue"});
  size_t length;
  size_t value_length;
  const char *headers = celements_response_headers(response, &length);
  const char *value;
  CHECK(!celements_header_find(headers, length, "x-early", &value_length));
  CHECK(celements_header_find(headers, length, "content-type", &value_length));
  celements_response_free(response);
  response = call_run(engine, target, (struct call){.method = "GET", .path = "/folded"});
  headers = celements_response_headers(response, &length);
  value = celements_header_find(headers, length, "x-folded", &value_length);
  CHECK_BYTES(value, value_length, "one two: 2");
  celements_response_free(response);
}

static void test_body_limit(void) {
  struct call call = {.method = "GET", .path = "/body/1000", .max_body = 1000};
  celements_response *response;
  check_call(call, (struct expected){CELEMENTS_KIND_NONE, true, 200});
  call.max_body = 999;
  check_call(call, (struct expected){CELEMENTS_KIND_RESPONSE, true, 200});
  call.path = "/body/5000000";
  call.max_body = 4999999;
  response = call_run(engine, target, call);
  CHECK_HOLDS(celements_response_detail(response), "4999999");
  CHECK_INT(call_kind(response), CELEMENTS_KIND_RESPONSE);
}

/* The limit of the headers is not the body's: what is said must not name that one. */
static void test_header_limit(void) {
  celements_response *response;
  get("/headers/100", CELEMENTS_KIND_NONE, 200);
  response = call_run(engine, target,
                      (struct call){.method = "GET", .path = "/headers/290", .max_body = 123456});
  CHECK_HOLDS(celements_response_detail(response), "headers are over 262144 bytes");
  CHECK_INT(call_kind(response), CELEMENTS_KIND_RESPONSE);
}

/* Late enough for the request to have come to the server, so that it can be said to be sent. */
static void test_deadlines(void) {
  struct call hold = {.method = "GET", .path = "/hold", .timeout_ms = 1500};
  struct call drip = {.method = "GET", .path = "/drip", .timeout_ms = 1500};
  celements_ticket ticket = call_submit(engine, target, hold);
  check_call(drip, (struct expected){CELEMENTS_KIND_TIMEOUT, true, 200});
  check_response(call_finish(engine, ticket), "/hold",
                 (struct expected){CELEMENTS_KIND_TIMEOUT, true, 0});
}

/* The call after it is as slow as it likes. */
static void test_low_speed(void) {
  struct call slow = {
      .method = "GET", .path = "/drip", .low_speed_bytes = 1, .low_speed_seconds = 1};
  struct call hold = {
      .method = "GET", .path = "/hold", .low_speed_bytes = 9, .low_speed_seconds = 2};
  celements_ticket ticket = call_submit(engine, target, hold);
  celements_response *response = call_run(engine, target, slow);
  CHECK_HOLDS(celements_response_detail(response), "too slow");
  check_response(response, "/drip", (struct expected){CELEMENTS_KIND_TIMEOUT, true, 200});
  check_response(call_finish(engine, ticket), "/hold",
                 (struct expected){CELEMENTS_KIND_TIMEOUT, true, 0});
  slow.low_speed_bytes = slow.low_speed_seconds = 0;
  slow.timeout_ms = 2500;
  response = call_run(engine, target, slow);
  CHECK(!strstr(celements_response_detail(response), "too slow"));
  CHECK_INT(call_kind(response), CELEMENTS_KIND_TIMEOUT);
}

/* A listener whose queue is full does not let anybody in. */
static void test_connect_deadline(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  celements_target *kept = target;
  int fds[8];
  int i;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 0) == 0);
  REQUIRE(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
  for(i = 0; i < 8; i++) {
    fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    (void)!connect(fds[i], (struct sockaddr *)&address, size);
  }
  target = call_target_at(ntohs(address.sin_port));
  /* The whole call may take longer than this program. */
  check_call(
      (struct call){.method = "POST", .path = "/", .timeout_ms = 600000, .connect_timeout_ms = 50},
      (struct expected){CELEMENTS_KIND_TIMEOUT, false, 0});
  celements_target_unref(target);
  target = kept;
  for(i = 0; i < 8; i++)
    close(fds[i]);
  close(listener);
}

static void test_refused(void) {
  celements_target *kept = target;
  struct server closed;
  server_start(&closed);
  server_stop(&closed);
  target = call_target_at(closed.port);
  check_call((struct call){.method = "POST", .path = "/ok"},
             (struct expected){CELEMENTS_KIND_NETWORK, false, 0});
  celements_target_unref(target);
  target = call_target("http://no-such-host.invalid");
  check_call((struct call){.method = "POST", .path = "/ok"},
             (struct expected){CELEMENTS_KIND_NETWORK, false, 0});
  celements_target_unref(target);
  target = kept;
}

static void test_closed_before_reading(void) {
  server.refuse = true;
  check_call((struct call){.method = "POST", .path = "/bye", .body = "{}"},
             (struct expected){CELEMENTS_KIND_NETWORK, true, 0});
  server.refuse = false;
}

/* A proxy is asked, not the host; "" means none, whatever the environment says. */
static void test_proxy(void) {
  char proxy[100];
  struct celements_target_options options = {.base_url = "http://no-such-host.invalid",
                                             .proxy = proxy};
  celements_target *direct = target;
  int before = atomic_load(&server.requests);
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", server.port);
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  get("/ok", CELEMENTS_KIND_NOT_FOUND, 404); /* the server knows paths, not whole URLs */
  CHECK_INT(atomic_load(&server.requests), before + 1);
  celements_target_unref(target);
  target = direct;
  setenv("http_proxy", "http://no-such-host.invalid:1", 1);
  get("/ok", CELEMENTS_KIND_NONE, 200);
  unsetenv("http_proxy");
}

static int requests_of(const char *method, celements_kind kind) {
  int before;
  get("/bye", CELEMENTS_KIND_NONE, 200); /* so that the next call makes a connection */
  get("/second", CELEMENTS_KIND_NONE, 200);
  before = atomic_load(&server.requests);
  check_call((struct call){.method = method, .path = "/second"},
             (struct expected){kind, true, kind ? 0 : 200});
  return atomic_load(&server.requests) - before;
}

/* A kept connection that breaks after the request was read: libcurl sends it again by itself. That
 * must not happen to what could do its work twice, or would then find it done. */
static void test_never_twice(void) {
  CHECK_INT(requests_of("POST", CELEMENTS_KIND_NETWORK), 1);
  CHECK_INT(requests_of("PATCH", CELEMENTS_KIND_NETWORK), 1);
  CHECK_INT(requests_of("DELETE", CELEMENTS_KIND_NETWORK), 1);
  CHECK_INT(requests_of("PUT", CELEMENTS_KIND_NETWORK), 1);
  CHECK_INT(requests_of("GET", CELEMENTS_KIND_NONE), 2);
}

/* A failed call leaves nothing behind in the handle that the next one is made with. */
static void test_after_failure(void) {
  get("/short", CELEMENTS_KIND_RESPONSE, 200);
  get("/status/204", CELEMENTS_KIND_NONE, 204);
}

int main(void) {
  server_start(&server);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  test_closed_before_reading();
  test_answers();
  test_broken_answers();
  test_headers_of_final_answer();
  test_body_limit();
  test_header_limit();
  test_deadlines();
  test_low_speed();
  test_connect_deadline();
  test_refused();
  test_proxy();
  test_never_twice();
  test_after_failure();
  celements_engine_free(engine);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("engine_failure");
}
