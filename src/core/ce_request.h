/* The request's inside, for the engine. */
#ifndef CE_REQUEST_H
#define CE_REQUEST_H

#include "ce_buf.h"
#include "ce_target.h"

#pragma GCC visibility push(hidden)

#define CE__METHOD_MAX 16

/* The header list of one call: its own lines first, then the target's. */
struct ce__headers {
  struct curl_slist *list; /* what libcurl sends; NULL for nothing */
  struct curl_slist *own;  /* first line that the call owns; NULL for none */
  struct curl_slist *last; /* last line that the call owns */
};

struct celements_request {
  celements_target *target; /* counted */
  char method[CE__METHOD_MAX];
  celements_buffer url;
  bool has_query;
  struct ce__headers headers;
  unsigned replaced; /* bit per enum ce__line that an own header stands for */
  const char *body;  /* borrowed; NULL for none */
  size_t body_length;
  celements_stream *stream; /* counted; NULL for none */
  long timeout_ms;
  long connect_timeout_ms;
  long low_speed_bytes;
  long low_speed_seconds;
  size_t max_body;
};

/* True for methods that send a Content-Length even when there is no body. */
bool ce__method_takes_body(const char *method);
/* Links the target's lines behind the call's own and hands the list over. */
celements_status ce__request_take_headers(celements_request *request, struct ce__headers *out);
/* Frees the lines that the call owns. */
void ce__headers_free(struct ce__headers *headers);

#pragma GCC visibility pop

#endif
