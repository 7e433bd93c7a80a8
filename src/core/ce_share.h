/*
 * How many connections the calls in flight need, where servers carry many calls over one (HTTP/2).
 * Left to itself libcurl opens one for each call that has no room on those that are there, and from
 * then on prefers them to sharing (7.88).
 */
#ifndef CE_SHARE_H
#define CE_SHARE_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

struct ce__transfer;

/* What the server of some transfers was seen to do. */
enum ce__habit {
  CE__HABIT_UNKNOWN,
  CE__HABIT_SHARED, /* two calls at once on one connection */
  CE__HABIT_SERIAL  /* one at a time */
};

/* Transfers that are set up alike, so that they may share connections. */
struct ce__share {
  size_t transport; /* of their targets */
  size_t running;   /* libcurl has so many of them */
  enum ce__habit habit;
  int port;     /* ours, of the connection that the last one was sent on; 0 for none */
  size_t calls; /* in flight on that connection, of those that were sent since */
  size_t room;  /* calls that a connection was seen to carry at most; 0 for unknown */
  struct ce__share *next;
};

struct ce__shares {
  struct ce__share *all;
  size_t alone; /* running transfers that never share, or are not counted for want of memory */
};

/* libcurl gets the transfer. */
void ce__share_join(struct ce__shares *shares, struct ce__transfer *transfer);
/* It is being sent, on the connection with this port of ours. */
void ce__share_sent(struct ce__transfer *transfer, int port);
/* libcurl has it no more. */
void ce__share_leave(struct ce__shares *shares, struct ce__transfer *transfer);
/* How many connections to one host are enough, whatever hosts the running transfers go to. */
size_t ce__share_connections(const struct ce__shares *shares);
/* Forgets all. No transfer may be in any. */
void ce__share_drop(struct ce__shares *shares);

#pragma GCC visibility pop

#endif
