/* One transfer: a libcurl easy handle, what it sends now and the response it fills. */
#ifndef CE_TRANSFER_H
#define CE_TRANSFER_H

#include "ce_poller.h"
#include "ce_request.h"
#include "ce_response.h"

#pragma GCC visibility push(hidden)

/* What libcurl takes a request for, before its method's name is replaced. */
enum ce__verb { CE__VERB_NONE, CE__VERB_GET, CE__VERB_HEAD, CE__VERB_POST };

struct ce__transfer {
  CURL *easy;
  CURLU *url;                 /* what the handle calls, in parts */
  struct ce__poller **poller; /* the engine's; told of sockets opened and closed */
  size_t transport;           /* celements_target.transport that both are set up for; 0 for none */
  long timeout_ms;            /* what the handle has been told of these */
  long connect_timeout_ms;
  long low_speed_bytes;
  long low_speed_seconds;
  enum ce__verb verb;
  bool custom;
  bool once;      /* must never be sent a second time */
  unsigned sends; /* how often libcurl was about to send it */
  celements_target *target;
  struct ce__headers headers;
  celements_response *response;
  size_t limit;              /* of the part of the response that is being filled */
  size_t slot;               /* the engine's: where it keeps the call */
  struct ce__transfer *next; /* idle, or behind it in its lane */
  struct ce__transfer *previous;
  struct ce__lane *lane; /* of the limit that its call counts for; NULL for none */
  bool waits;            /* for that limit: no multi handle has it */
  int64_t since;         /* when it joined the lane */
  int64_t deadline;      /* of its call while it waits */
  char error[CURL_ERROR_SIZE];
};

celements_status ce__transfer_new(struct ce__transfer **out, struct ce__poller **poller);
/* The transfer must be idle. */
void ce__transfer_free(struct ce__transfer *transfer);

/* Sets the handle up for what `request` describes; the answer goes to `response`. On failure the
 * transfer is idle again, and the response still the caller's. */
celements_status ce__transfer_start(struct ce__transfer *transfer, celements_request *request,
                                    celements_response *response);
/* What is left of the deadline of a transfer that waited is libcurl's to keep. */
celements_status ce__transfer_resume(struct ce__transfer *transfer, int64_t now);
/* Ends the transfer, which no multi handle may hold any more, and hands its response over. */
celements_response *ce__transfer_finish(struct ce__transfer *transfer, CURLcode code);
/* The same for a call that was ended from outside. */
celements_response *ce__transfer_stop(struct ce__transfer *transfer, celements_kind why,
                                      const char *detail);

#pragma GCC visibility pop

#endif
