/* One transfer: a libcurl easy handle, what it sends now and the response it fills. */
#ifndef CE_TRANSFER_H
#define CE_TRANSFER_H

#include "ce_poller.h"
#include "ce_request.h"
#include "ce_response.h"

#pragma GCC visibility push(hidden)

struct ce__transfer {
  CURL *easy;
  struct ce__poller **poller; /* the engine's; told of sockets opened and closed */
  unsigned transport;         /* celements_target.transport that the handle is set up for */
  bool tls;                   /* celements_target.tls likewise */
  bool once;                  /* must never be sent a second time */
  unsigned sends;             /* how often libcurl was about to send it */
  celements_target *target;
  struct ce__headers headers;
  celements_response *response;
  size_t limit; /* of the part of the response that is being filled */
  size_t slot;  /* the engine's: where it keeps the call */
  struct ce__transfer *next;
};

celements_status ce__transfer_new(struct ce__transfer **out, struct ce__poller **poller);
/* The transfer must be idle. */
void ce__transfer_free(struct ce__transfer *transfer);

/* Sets the handle up for what `request` describes. On failure the transfer is idle again. */
celements_status ce__transfer_start(struct ce__transfer *transfer, celements_request *request);
/* Ends the transfer, which no multi handle may hold any more, and hands its response over. */
celements_response *ce__transfer_finish(struct ce__transfer *transfer, CURLcode code);
/* The same for a call that was ended from outside. */
celements_response *ce__transfer_stop(struct ce__transfer *transfer, celements_kind why,
                                      const char *detail);

#pragma GCC visibility pop

#endif
