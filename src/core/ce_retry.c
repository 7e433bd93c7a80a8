#include "celements.h"

#include <string.h>

static bool is_repeatable(const char *method) {
  return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "PUT") == 0 ||
         strcmp(method, "DELETE") == 0;
}

/* There is no idempotency key (API documentation): a POST or PATCH whose fate is unknown may have
 * made an instance, sent a mail or used up an OAuth code. */
bool celements_retryable(const char *method, const struct celements_outcome *outcome) {
  celements_kind kind = celements_classify(outcome);
  switch(kind) {
  case CELEMENTS_KIND_TIMEOUT:
  case CELEMENTS_KIND_NETWORK:
    return is_repeatable(method) || !outcome->sent;
  case CELEMENTS_KIND_RATE_LIMITED:
    return is_repeatable(method) || outcome->retry_after;
  default:
    break;
  }
  if(outcome->transport)
    return false;
  switch(outcome->status) {
  case 408:
  case 502:
  case 504:
    return is_repeatable(method);
  case 503:
    return is_repeatable(method) || outcome->retry_after;
  default:
    return false;
  }
}
