/* Calls of the engine tests: to a server of server.h, made in one line and run to their end. */
#ifndef CALL_H
#define CALL_H

#include "celements.h"
#include "server.h"

/* Long enough for any machine: no test waits for it unless it fails. */
#define CALL_TIMEOUT_MS 20000

struct call {
  const char *method;
  const char *path;
  const char *body; /* NULL for none */
  long timeout_ms;  /* 0: CALL_TIMEOUT_MS */
  long connect_timeout_ms;
  size_t max_body;      /* 0: a megabyte */
  long low_speed_bytes; /* a second; 0: as slow as it likes */
  long low_speed_seconds;
};

static inline celements_target *call_target(const char *base_url) {
  struct celements_target_options options = {.base_url = base_url,
                                             .user_secret = "user",
                                             .organization_secret = "organization",
                                             .element_token = "token",
                                             .proxy = ""};
  celements_target *target = NULL;
  REQUIRE_INT(celements_target_new(&target, &options, NULL), CELEMENTS_OK);
  return target;
}

static inline celements_target *call_target_at(int port) {
  char url[100];
  snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
  return call_target(url);
}

static inline celements_ticket call_submit(celements_engine *engine, celements_target *target,
                                           struct call call) {
  celements_request *request = NULL;
  celements_ticket ticket = 0;
  REQUIRE_INT(celements_request_new(&request), CELEMENTS_OK);
  REQUIRE_INT(celements_request_start(request, target, call.method, call.path, strlen(call.path)),
              CELEMENTS_OK);
  if(call.body)
    celements_request_body(request, call.body, strlen(call.body));
  celements_request_limits(request, call.timeout_ms ? call.timeout_ms : CALL_TIMEOUT_MS,
                           call.connect_timeout_ms, call.max_body ? call.max_body : 1 << 20);
  celements_request_low_speed(request, call.low_speed_bytes, call.low_speed_seconds);
  REQUIRE_INT(celements_engine_submit(engine, request, &ticket), CELEMENTS_OK);
  REQUIRE(ticket != 0);
  celements_request_free(request);
  return ticket;
}

static inline celements_response *call_finish(celements_engine *engine, celements_ticket ticket) {
  celements_response *response = NULL;
  while(!celements_engine_done(engine, ticket))
    REQUIRE_INT(celements_engine_step(engine, -1), CELEMENTS_OK);
  REQUIRE_INT(celements_engine_take(engine, ticket, &response), CELEMENTS_OK);
  return response;
}

static inline celements_response *call_run(celements_engine *engine, celements_target *target,
                                           struct call call) {
  return call_finish(engine, call_submit(engine, target, call));
}

/* The kind of what came, which is freed. */
static inline celements_kind call_kind(celements_response *response) {
  struct celements_outcome outcome = celements_response_outcome(response);
  celements_kind kind = celements_classify(&outcome);
  if(outcome.transport)
    CHECK(*celements_response_detail(response) != '\0');
  else
    CHECK_TEXT(celements_response_detail(response), "");
  CHECK(!strstr(celements_response_detail(response), "organization"));
  celements_response_free(response);
  return kind;
}

static inline celements_kind call_get(celements_engine *engine, celements_target *target,
                                      const char *path) {
  return call_kind(call_run(engine, target, (struct call){.method = "GET", .path = path}));
}

static inline bool call_body_is(const celements_response *response, const char *wanted) {
  size_t length;
  const char *body = celements_response_body(response, &length);
  return CHECK_BYTES(body, length, wanted);
}

/* The body with a final NUL, valid until the next one is asked for. */
static inline const char *call_text(const celements_response *response) {
  static char text[2 * SERVER_REQUEST];
  size_t length;
  const char *body = celements_response_body(response, &length);
  REQUIRE(length < sizeof text);
  memcpy(text, body, length);
  text[length] = '\0';
  return text;
}

/* Steps until so many requests wait for the server's gate. */
static inline void call_until_holding(celements_engine *engine, struct server *server, int count) {
  while(atomic_load(&server->holding) != count)
    REQUIRE_INT(celements_engine_step(engine, 5), CELEMENTS_OK);
}

#endif
