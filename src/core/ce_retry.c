#include "celements.h"

#include <curl/curl.h>
#include <string.h>

#define BASE 0.5 /* seconds: the longest wait after the first attempt; doubled after each other */
#define CAP 8.0

/* An answer that says more means "not today", whatever it says. */
#define LONGEST_RETRY_AFTER 86400.0

#define MAX_DATE 64

const char *celements_reason_name(celements_reason reason) {
  switch(reason) {
#define X(name, text)           \
  case CELEMENTS_REASON_##name: \
    return text;
    CELEMENTS_REASON_MAP(X)
#undef X
  }
  return NULL;
}

/* ---------------------------------------------------------------- Retry-After */

/* An HTTP date in any of its three forms, none of which starts with a digit; -1 for none. */
static int64_t date_of(const char *text, size_t length) {
  char copy[MAX_DATE];
  if(!length || length >= sizeof copy || (*text >= '0' && *text <= '9'))
    return -1;
  memcpy(copy, text, length);
  copy[length] = '\0';
  return (int64_t)curl_getdate(copy, NULL);
}

static bool seconds_of(const char *text, size_t length, double *seconds) {
  double sum = 0;
  size_t i;
  if(!length)
    return false;
  for(i = 0; i < length; i++) {
    if(text[i] < '0' || text[i] > '9')
      return false;
    sum = sum < LONGEST_RETRY_AFTER ? sum * 10 + (text[i] - '0') : LONGEST_RETRY_AFTER;
  }
  *seconds = sum;
  return true;
}

bool celements_retry_after(const char *block, size_t block_length, int64_t now, double *seconds) {
  size_t length;
  const char *text = celements_header_find(block, block_length, "retry-after", &length);
  int64_t then;
  int64_t sent;
  if(!text)
    return false;
  if(!seconds_of(text, length, seconds)) {
    then = date_of(text, length);
    if(then < 0)
      return false;
    text = celements_header_find(block, block_length, "date", &length);
    sent = text ? date_of(text, length) : -1;
    *seconds = (double)then - (double)(sent < 0 ? now : sent);
  }
  if(*seconds < 0)
    *seconds = 0;
  if(*seconds > LONGEST_RETRY_AFTER)
    *seconds = LONGEST_RETRY_AFTER;
  return true;
}

/* ---------------------------------------------------------------- the decision */

static bool is_repeatable(const char *method) {
  return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "PUT") == 0 ||
         strcmp(method, "DELETE") == 0;
}

/* The platform, or a proxy before it, has no room for the request now. */
static bool is_refusal(const struct celements_outcome *outcome) {
  return celements_classify(outcome) == CELEMENTS_KIND_RATE_LIMITED ||
         (!outcome->transport && outcome->status == 503);
}

static bool may_pass(const struct celements_outcome *outcome) {
  celements_kind kind = celements_classify(outcome);
  if(outcome->transport)
    return kind == CELEMENTS_KIND_TIMEOUT || kind == CELEMENTS_KIND_NETWORK || outcome->cut;
  return is_refusal(outcome) || outcome->status == 408 || outcome->status == 502 ||
         outcome->status == 504;
}

/* There is no idempotency key (API documentation): a POST or PATCH whose fate is unknown may have
 * made an instance, sent a mail or used up an OAuth code. */
static celements_reason reason_of(const char *method, const struct celements_outcome *outcome) {
  if(!may_pass(outcome))
    return CELEMENTS_REASON_HOPELESS;
  if(!outcome->sent && outcome->transport)
    return CELEMENTS_REASON_UNSENT;
  if(outcome->retry_after && is_refusal(outcome))
    return CELEMENTS_REASON_ASKED;
  return is_repeatable(method) ? CELEMENTS_REASON_REPEATABLE : CELEMENTS_REASON_UNSAFE;
}

/* Full jitter: calls that failed together do not come back together. What the answer asks for is
 * kept to, and the jitter added to it. */
static double delay_after(unsigned attempt, double random) {
  double longest = BASE;
  for(; attempt > 1 && longest < CAP; attempt--)
    longest *= 2;
  return random * (longest < CAP ? longest : CAP);
}

struct celements_retry celements_retry(const char *method, const struct celements_outcome *outcome,
                                       unsigned attempt, double random) {
  struct celements_retry retry = {reason_of(method, outcome), -1};
  if(retry.reason == CELEMENTS_REASON_HOPELESS || retry.reason == CELEMENTS_REASON_UNSAFE)
    return retry;
  retry.delay = delay_after(attempt, random);
  if(outcome->retry_after)
    retry.delay += outcome->wait;
  return retry;
}
