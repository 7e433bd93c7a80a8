/* Outcomes: what kind of failure the facts make. */
#include "ce_response.h"
#include "check.h"
#include "outcome.h"

#define LIMIT ((size_t)8 * 1024 * 1024)

/* What a status means without and with the provider's own text in the answer. */
static celements_kind expected(long status, bool provider_message) {
  if(status >= 200 && status < 300)
    return CELEMENTS_KIND_NONE;
  switch(status) {
  case 403:
    return CELEMENTS_KIND_FORBIDDEN;
  case 404:
    return CELEMENTS_KIND_NOT_FOUND;
  case 409:
    return CELEMENTS_KIND_CONFLICT;
  case 413:
    return CELEMENTS_KIND_TOO_LARGE;
  case 429:
    return CELEMENTS_KIND_RATE_LIMITED;
  default:
    break;
  }
  if(status >= 400 && provider_message)
    return CELEMENTS_KIND_PROVIDER;
  if(status == 401)
    return CELEMENTS_KIND_UNAUTHORIZED;
  if(status >= 500)
    return CELEMENTS_KIND_SERVER;
  return status >= 400 ? CELEMENTS_KIND_REJECTED : CELEMENTS_KIND_RESPONSE;
}

static void test_statuses(void) {
  long status;
  int provider;
  for(status = 100; status < 600; status++) {
    for(provider = 0; provider < 2; provider++) {
      struct celements_outcome outcome = answer(status);
      outcome.provider_message = provider;
      if(!CHECK_INT(celements_classify(&outcome), expected(status, provider)))
        fprintf(stderr, "  for %ld\n", status);
    }
  }
}

static void test_success_needs_json(void) {
  struct celements_outcome outcome = answer(200);
  outcome.json = false;
  CHECK_INT(celements_classify(&outcome), CELEMENTS_KIND_RESPONSE);
  CHECK(celements_maybe_sent(&outcome));
  outcome.status = 502; /* a gateway's page */
  CHECK_INT(celements_classify(&outcome), CELEMENTS_KIND_SERVER);
}

static void test_too_large(void) {
  struct celements_outcome outcome = answer(429);
  outcome.request_body = LIMIT;
  CHECK_INT(celements_classify(&outcome), CELEMENTS_KIND_RATE_LIMITED);
  outcome.request_body = LIMIT + 1;
  CHECK_INT(celements_classify(&outcome), CELEMENTS_KIND_TOO_LARGE);
  outcome.retry_after = true; /* it says itself that waiting helps */
  CHECK_INT(celements_classify(&outcome), CELEMENTS_KIND_RATE_LIMITED);
}

/* A failed transport outweighs whatever had come by then. */
static void test_transport_first(void) {
  int kind;
  for(kind = 1; kind < CELEMENTS_KIND_COUNT; kind++) {
    struct celements_outcome outcome = answer(404);
    outcome.transport = (celements_kind)kind;
    CHECK_INT(celements_classify(&outcome), kind);
  }
}

static void test_every_code(void) {
  int code;
  CHECK_INT(ce__kind_of(CURLE_OK), CELEMENTS_KIND_NONE);
  for(code = 1; code <= CURL_LAST; code++) {
    celements_kind kind = ce__kind_of((CURLcode)code);
    CHECK(kind == CELEMENTS_KIND_NETWORK || kind == CELEMENTS_KIND_TIMEOUT ||
          kind == CELEMENTS_KIND_TLS || kind == CELEMENTS_KIND_RESPONSE);
    CHECK(celements_kind_name(kind) != NULL);
  }
  CHECK_INT(ce__kind_of(CURLE_OPERATION_TIMEDOUT), CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(ce__kind_of(CURLE_COULDNT_RESOLVE_HOST), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_COULDNT_RESOLVE_PROXY), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_COULDNT_CONNECT), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_GOT_NOTHING), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_SEND_ERROR), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_RECV_ERROR), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_HTTP2_STREAM), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_ABORTED_BY_CALLBACK), CELEMENTS_KIND_NETWORK);
  CHECK_INT(ce__kind_of(CURLE_SSL_CONNECT_ERROR), CELEMENTS_KIND_TLS);
  CHECK_INT(ce__kind_of(CURLE_PEER_FAILED_VERIFICATION), CELEMENTS_KIND_TLS);
  CHECK_INT(ce__kind_of(CURLE_SSL_CACERT_BADFILE), CELEMENTS_KIND_TLS);
  CHECK_INT(ce__kind_of(CURLE_PARTIAL_FILE), CELEMENTS_KIND_RESPONSE);
  CHECK_INT(ce__kind_of(CURLE_WRITE_ERROR), CELEMENTS_KIND_RESPONSE);
  CHECK_INT(ce__kind_of(CURLE_WEIRD_SERVER_REPLY), CELEMENTS_KIND_RESPONSE);
  /* An answer of HTTP/0.9: no other protocol can be asked for. */
  CHECK_INT(ce__kind_of(CURLE_UNSUPPORTED_PROTOCOL), CELEMENTS_KIND_RESPONSE);
}

static void test_maybe_sent(void) {
  long status;
  int kind;
  for(kind = 1; kind < CELEMENTS_KIND_COUNT; kind++) {
    struct celements_outcome outcome = broken((celements_kind)kind, false);
    CHECK(!celements_maybe_sent(&outcome));
    outcome.sent = true;
    CHECK(celements_maybe_sent(&outcome));
  }
  for(status = 200; status < 600; status++) {
    struct celements_outcome outcome = answer(status);
    if(!CHECK_INT(celements_maybe_sent(&outcome), status >= 500))
      fprintf(stderr, "  for %ld\n", status);
    outcome.retry_after = true;
    if(!CHECK_INT(celements_maybe_sent(&outcome), status >= 500 && status != 503))
      fprintf(stderr, "  for %ld with Retry-After\n", status);
  }
}

static void test_facts_of_response(void) {
  celements_response *response = ce__response_new(10);
  struct celements_outcome outcome;
  REQUIRE(response != NULL);
  outcome = celements_response_outcome(response);
  CHECK(!outcome.transport && !outcome.status && !outcome.retry_after && !outcome.sent);
  response->status = 503;
  response->sent = true;
  response->transport = CELEMENTS_KIND_TIMEOUT;
  response->request_body = 12;
  CHECK_INT(ce__response_header_line(response, "RETRY-AFTER: 3\r\n", 16), CELEMENTS_OK);
  outcome = celements_response_outcome(response);
  CHECK(outcome.retry_after && outcome.wait == 3 && outcome.sent);
  CHECK_INT(outcome.status, 503);
  CHECK_INT(outcome.transport, CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(outcome.request_body, 12);
  celements_response_free(response);
}

int main(void) {
  test_statuses();
  test_success_needs_json();
  test_too_large();
  test_transport_first();
  test_every_code();
  test_maybe_sent();
  test_facts_of_response();
  return check_done("outcome");
}
