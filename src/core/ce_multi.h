/* libcurl's multi handle with what it waits on: sockets and a clock. */
#ifndef CE_MULTI_H
#define CE_MULTI_H

#include "ce_share.h"
#include "ce_transfer.h"

#pragma GCC visibility push(hidden)

struct ce__multi {
  CURLM *handle;
  CURL *nudge; /* makes no call; NULL until it is needed */
  struct ce__poller *poller;
  unsigned forks; /* ce__fork_count when the two above were made */
  int64_t timer;  /* when libcurl wants to be called by the clock; -1 for never */
  bool broken;    /* the handle must not be used again */
  struct ce__shares shares;
  size_t host_connections; /* how many the handle may open to one host */
  size_t connections;      /* how many the handle may keep */
  int64_t quiet_since;     /* that many were not needed; -1 if they are */
};

/* Makes what is not there: the handle, the poller, which stays when the handle cannot be made. */
celements_status ce__multi_open(struct ce__multi *multi);
/* Frees the handle and closes its connections. The poller stays. */
void ce__multi_close(struct ce__multi *multi);
/* Lets go of the handle and the poller in a child of fork(): they are the parent's. */
void ce__multi_abandon(struct ce__multi *multi);

/* Begins a transfer. */
celements_status ce__multi_add(struct ce__multi *multi, struct ce__transfer *transfer);
/* Takes a transfer back. */
void ce__multi_remove(struct ce__multi *multi, struct ce__transfer *transfer);
/* Tells libcurl of a socket, CURL_SOCKET_TIMEOUT for the clock. */
celements_status ce__multi_act(struct ce__multi *multi, curl_socket_t fd, int what);
/* Tells libcurl of the clock, if it wanted to be told by now. */
celements_status ce__multi_act_on_timer(struct ce__multi *multi);
/* Keeps as many connections as are good for so many calls in flight. */
void ce__multi_size(struct ce__multi *multi, size_t running);

#pragma GCC visibility pop

#endif
