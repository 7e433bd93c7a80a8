/* One transfer: a libcurl easy handle, what it sends now and the response it fills. */
#ifndef CE_TRANSFER_H
#define CE_TRANSFER_H

#include "ce_poller.h"
#include "ce_request.h"
#include "ce_response.h"
#include "ce_stream.h"

#pragma GCC visibility push(hidden)

/* What libcurl takes a request for, before its method's name is replaced. */
enum ce__verb { CE__VERB_NONE, CE__VERB_GET, CE__VERB_HEAD, CE__VERB_POST };

struct ce__share;
struct ce__slots;

struct ce__transfer {
  CURL *easy;
  CURLU *url;                 /* what the handle calls, in parts */
  struct ce__poller **poller; /* the engine's; told of sockets opened and closed */
  struct ce__slots *slots;    /* the engine's; told when the call stirs */
  size_t transport;           /* celements_target.transport that both are set up for; 0 for none */
  long timeout_ms;            /* what the handle has been told of these */
  long connect_timeout_ms;
  long low_speed_bytes;
  long low_speed_seconds;
  enum ce__verb verb;
  bool custom;
  bool once;               /* must never be sent a second time */
  unsigned sends;          /* how often libcurl was about to send it */
  struct ce__share *share; /* while libcurl has it: those with which it may share; NULL for none */
  int port;                /* ours, of the connection on which it was sent; 0 before that */
  celements_target *target;
  struct ce__headers headers;
  celements_response *response;
  celements_stream *stream;  /* counted; NULL for none */
  bool paused;               /* by its stream */
  size_t limit;              /* of the body that comes, in bytes; 0 while the headers do */
  size_t slot;               /* the engine's: where it keeps the call */
  struct ce__transfer *next; /* idle, or behind it in its lane */
  struct ce__transfer *previous;
  struct ce__lane *lane; /* of the limit that its call counts for; NULL for none */
  bool waits;            /* for that limit: no multi handle has it */
  int64_t since;         /* when it joined the lane */
  int64_t deadline;      /* of its call while it waits */
  char error[CURL_ERROR_SIZE];
};

celements_status ce__transfer_new(struct ce__transfer **out, struct ce__poller **poller,
                                  struct ce__slots *slots);
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

/* Sets an option of `easy`, or returns why not. libcurl copies the strings it is given; each of
 * these can only fail for want of memory. */
#define CE__SET(option, value)                                 \
  do {                                                         \
    CURLcode set_code = curl_easy_setopt(easy, option, value); \
    if(set_code != CURLE_OK)                                   \
      return set_code;                                         \
  } while(0)

/* ce_carry.c: the transfer's stream. */

/* True when the body that comes is for the sink: what a failure answers is for an error's text. */
bool ce__carry_takes_body(const struct ce__transfer *transfer);
/* Gives libcurl's write callback its result. */
size_t ce__carry_body(struct ce__transfer *transfer, const char *bytes, size_t length);
CURLcode ce__carry_set(struct ce__transfer *transfer, const celements_request *request);

#pragma GCC visibility pop

#endif
