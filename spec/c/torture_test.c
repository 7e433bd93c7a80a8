/*
 * The whole life of calls with the Nth allocation failing, for every N, and with all from the Nth
 * on. Every failure must be a status or a kind; what succeeds must be right; nothing may be left.
 * `TORTURE_N=7 torture_test` replays one N under a debugger.
 */
#include "heap.h"

#include "call.h"

#include <curl/curl.h>

static struct server server;
static long nth;
static bool for_good;
static char up_path[] = "/tmp/celements-torture-XXXXXX";
static char down_path[sizeof up_path + 5];

static bool ok(celements_status status) {
  if(status != CELEMENTS_OK && !CHECK_INT(status, CELEMENTS_NOMEM))
    fprintf(stderr, "  with allocation %ld failing\n", nth);
  return status == CELEMENTS_OK;
}

static bool make_target(celements_target **out) {
  char url[100];
  celements_target *base = NULL;
  celements_target *refused = NULL;
  struct celements_target_options options = {.base_url = url,
                                             .user_secret = "user",
                                             .organization_secret = "organization",
                                             .proxy = "",
                                             .max_in_flight = 1,
                                             .timed = true};
  celements_status status;
  snprintf(url, sizeof url, "http://me:word@127.0.0.1:%d", server.port);
  status = celements_target_new(&refused, &options, NULL);
  CHECK(!refused && (status == CELEMENTS_BAD_URL || status == CELEMENTS_NOMEM));
  celements_target_unref(refused);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", server.port);
  if(!ok(celements_target_new(&base, &options, NULL)))
    return false;
  if(!ok(celements_target_with_token(out, base, "token")))
    *out = NULL;
  celements_target_unref(base);
  return *out != NULL;
}

static bool describe(celements_request *request, celements_target *target) {
  if(!ok(celements_request_start(request, target, "POST", "/echo", 5)) ||
     !ok(celements_request_query(request, "tags[]", 6, "a b", 3)) ||
     !ok(celements_request_header(request, "Accept", 6, "text/plain", 10)) ||
     !ok(celements_request_header(request, "X-Id", 4, "12", 2)))
    return false;
  celements_request_body(request, "{\"a\":1}", 7);
  celements_request_limits(request, CALL_TIMEOUT_MS, 0, 1 << 20);
  celements_request_low_speed(request, 1, 100);
  return true;
}

/* Before 8.18.0 libcurl sends a URL without its query if there is no memory for that. */
static bool loses_queries(void) {
  return curl_version_info(CURLVERSION_NOW)->version_num < 0x081200;
}

/* A call is either right in everything or has a kind of failure. */
static void check_response(const celements_response *response) {
  struct celements_outcome outcome = celements_response_outcome(response);
  size_t length;
  const char *body = celements_response_body(response, &length);
  char *text;
  CHECK(*celements_response_detail(response) || !outcome.transport);
  if(outcome.transport || !CHECK_INT(outcome.status, 200))
    return;
  text = strndup(body, length);
  if(nth && loses_queries() && strncmp(text, "POST /echo HTTP/1.1\r\n", 21) == 0)
    check_count(true);
  else
    CHECK_HOLDS(text, "POST /echo?tags[]=a%20b HTTP/1.1\r\n");
  CHECK_HOLDS(text, "\r\nAuthorization: User user, Organization organization, Element token\r\n");
  CHECK_HOLDS(text, "\r\nAccept: text/plain\r\n");
  CHECK_HOLDS(text, "\r\nX-Id: 12\r\n");
  CHECK_HOLDS(text, "\r\nContent-Type: application/json\r\n");
  CHECK_HOLDS(text, "\r\nUser-Agent: celements/" CELEMENTS_VERSION "\r\n");
  CHECK_HOLDS(text, "\r\n\r\n{\"a\":1}");
  free(text);
  body = celements_response_headers(response, &length);
  body = celements_header_find(body, length, "content-type", &length);
  CHECK_BYTES(body, length, "application/json");
}

/* Steps until the call is done; a step that fails ends it. */
static void finish(celements_engine *engine, celements_ticket ticket) {
  celements_response *response = NULL;
  while(!celements_engine_done(engine, ticket)) {
    if(!ok(celements_engine_step(engine, -1)))
      celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  }
  REQUIRE_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_OK);
  check_response(response);
  celements_response_free(response);
}

static bool submit(celements_engine *engine, celements_request *request, celements_ticket *ticket) {
  celements_status status;
  if(ok(celements_engine_submit(engine, request, ticket)))
    return true;
  /* Once more: it either is used up or still is the same call. */
  status = celements_engine_submit(engine, request, ticket);
  return status == CELEMENTS_CLOSED ? false : ok(status);
}

static void make_calls(celements_engine *engine, celements_request *request,
                       celements_target *target) {
  celements_ticket ticket = 0;
  celements_ticket other = 0;
  int i;
  for(i = 0; i < 2; i++) {
    if(describe(request, target) && submit(engine, request, &ticket))
      finish(engine, ticket);
  }
  if(!describe(request, target) || !submit(engine, request, &ticket))
    return;
  (void)ok(celements_engine_step(engine, 0));
  if(describe(request, target))
    (void)submit(engine, request, &other); /* in flight when the engine is freed */
  CHECK(celements_engine_pollfd(engine) >= 0 || for_good);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  finish(engine, ticket);
}

static celements_stream *describe_upload(celements_request *request, celements_target *target) {
  celements_stream *stream = NULL;
  if(!ok(celements_source_file(&stream, up_path)))
    return NULL;
  if(ok(celements_source_field(stream, "path", 4, "/a", 2)) &&
     ok(celements_source_form(stream, "file", 4, "a", 1, "text/plain", 10)) &&
     ok(celements_request_start(request, target, "POST", "/echo", 5)) &&
     ok(celements_request_stream(request, stream))) {
    celements_request_limits(request, CALL_TIMEOUT_MS, 0, 1 << 20);
    return stream;
  }
  celements_stream_unref(stream);
  return NULL;
}

static celements_stream *describe_download(celements_request *request, celements_target *target,
                                           bool to_file) {
  celements_stream *stream = NULL;
  if(!ok(to_file ? celements_sink_file(&stream, down_path) : celements_sink(&stream)))
    return NULL;
  if(ok(celements_request_start(request, target, "GET", "/body/600000", 12)) &&
     ok(celements_request_stream(request, stream))) {
    celements_request_limits(request, CALL_TIMEOUT_MS, 0, 1 << 20);
    return stream;
  }
  celements_stream_unref(stream);
  return NULL;
}

/* Steps until the call is done, and takes what comes meanwhile. */
static void carry(celements_engine *engine, celements_request *request, celements_stream *stream) {
  celements_ticket ticket = 0;
  celements_response *response = NULL;
  struct celements_outcome outcome;
  int64_t total;
  if(!stream)
    return;
  if(!submit(engine, request, &ticket)) {
    celements_stream_unref(stream);
    return;
  }
  while(!celements_engine_done(engine, ticket)) {
    size_t length;
    if(!ok(celements_engine_step(engine, -1)))
      celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
    (void)celements_stream_peek(stream, &length);
    celements_stream_skip(stream, length);
    celements_engine_resume(engine, ticket);
  }
  REQUIRE_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_OK);
  outcome = celements_response_outcome(response);
  if(!outcome.transport && CHECK_INT(outcome.status, 200)) {
    CHECK(celements_stream_moved(stream, &total) == total);
    CHECK_INT(celements_stream_commit(stream), CELEMENTS_OK);
  }
  celements_response_free(response);
  celements_stream_unref(stream);
}

static void stream_calls(celements_engine *engine, celements_request *request,
                         celements_target *target) {
  carry(engine, request, describe_upload(request, target));
  carry(engine, request, describe_download(request, target, true));
  carry(engine, request, describe_download(request, target, false));
}

static void convert_text(const celements_target *target) {
  static const char text[] = "[\"\\u0000a\",\"\\u0000n12\"]";
  celements_buffer *out = NULL;
  const char *data;
  size_t length;
  if(!ok(celements_buffer_new(&out, 1000)))
    return;
  if(ok(celements_json_unmark(text, sizeof text - 1, out))) {
    data = celements_buffer_data(out, &length);
    CHECK_BYTES(data, length, "[[],12]");
  }
  celements_buffer_clear(out);
  if(target && ok(celements_target_redact(target, "the token", 9, out))) {
    data = celements_buffer_data(out, &length);
    CHECK_BYTES(data, length, "the ********");
  }
  celements_buffer_free(out);
}

static void scenario(void) {
  celements_target *target = NULL;
  celements_request *request = NULL;
  celements_engine *engine = NULL;
  if(make_target(&target) && ok(celements_request_new(&request)) &&
     ok(celements_engine_new(&engine))) {
    stream_calls(engine, request, target);
    make_calls(engine, request, target);
  }
  celements_engine_free(engine);
  celements_request_free(request);
  convert_text(target);
  celements_target_unref(target);
}

/* True when there was an Nth allocation to fail. */
static bool run(void) {
  long before = atomic_load(&heap_live);
  int failed = check_failed;
  heap_fail(nth, for_good ? INT32_MAX : nth);
  scenario();
  CHECK_INT(atomic_load(&heap_live), before);
  if(check_failed != failed)
    fprintf(stderr, "torture: failed with allocation %ld failing%s\n", nth,
            for_good ? ", and all after it" : "");
  return atomic_load(&heap_count) >= nth;
}

int main(void) {
  const char *only = getenv("TORTURE_N");
  int way;
  int fd = mkstemp(up_path);
  REQUIRE(fd >= 0 && write(fd, "some text", 9) == 9 && close(fd) == 0);
  snprintf(down_path, sizeof down_path, "%s.down", up_path);
  server_start(&server);
  heap_install();
  nth = 0;
  run(); /* what libcurl keeps from its first use on is no leak */
  for(way = 0; way < 2; way++) {
    for_good = way == 1;
    nth = only ? atol(only) : 1;
    while(run() && !only)
      nth++;
    printf("torture: %ld allocations%s\n", nth - 1, for_good ? ", all from one on" : "");
  }
  heap_fail(0, 0);
  unlink(up_path);
  unlink(down_path);
  server_stop(&server);
  return check_done("torture");
}
