/* The response's inside, for the transfer that fills it. */
#ifndef CE_RESPONSE_H
#define CE_RESPONSE_H

#include "ce_buf.h"
#include "ce_curl.h"

#pragma GCC visibility push(hidden)

struct celements_response {
  celements_kind transport; /* how the transport failed, or NONE */
  celements_status failure; /* why a callback stopped the transfer, or OK */
  long status;
  bool headed; /* the end of the headers came */
  bool cut;    /* the answer broke off */
  celements_buffer headers;
  celements_buffer body;
  double duration; /* seconds */
  bool sent;
  bool timed;
  struct celements_times times; /* if it is timed */
  size_t request_body;
  struct celements_response *next; /* among those that wait to be used again */
  char detail[CURL_ERROR_SIZE];
};

celements_response *ce__response_new(size_t max_body);
/* Makes it as new, but for the memory it holds. */
void ce__response_reset(celements_response *response, size_t max_body);
/* One raw header line of libcurl's, status lines included. */
celements_status ce__response_header_line(celements_response *response, const char *line,
                                          size_t length);
/* The kind of failure a libcurl code stands for. */
celements_kind ce__kind_of(CURLcode code);

#pragma GCC visibility pop

#endif
