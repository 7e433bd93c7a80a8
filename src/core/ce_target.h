/* The target's inside: a request picks its header lines from here. */
#ifndef CE_TARGET_H
#define CE_TARGET_H

#include "ce_buf.h"
#include "ce_curl.h"
#include "ce_limit.h"

#include <stdatomic.h>

#pragma GCC visibility push(hidden)

/* The header lines every call may need, as one linked list in this order, so that a call's own list
 * is a pointer into it: from EXPECT for a call with a large body, from TYPE for one with a small
 * one, from ACCEPT for one without. */
enum ce__line {
  CE__LINE_EXPECT,
  CE__LINE_TYPE,
  CE__LINE_ACCEPT,
  CE__LINE_AGENT,
  CE__LINE_AUTH,
  CE__LINES
};

struct celements_target {
  atomic_uint references;
  bool tls;
  celements_buffer base_url; /* with a final NUL */
  size_t path_start;         /* where in it the path begins */
  celements_buffer auth;     /* the Authorization line, with a final NUL; wiped */
  size_t user_end;           /* where in it the part that every token shares ends */
  char *ca_file;             /* NULL: the system's */
  char *proxy;               /* NULL: as the environment says */
  bool http1;                /* never HTTP/2 */
  bool timed;                /* its responses tell the times of the phases */
  size_t transport;          /* names all of these but the secrets in the process; never 0 */
  struct ce__limit *limit;   /* counted; NULL for none */
  struct curl_slist lines[CE__LINES];
};

/* Whether calls to it are carried by HTTP/2 where the server speaks it. */
static inline bool ce__target_http2(const celements_target *target) {
  return target->tls && !target->http1;
}

#pragma GCC visibility pop

#endif
