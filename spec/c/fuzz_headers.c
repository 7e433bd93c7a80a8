/* Any bytes as the header lines of an answer: the block that results is well formed. */
#include "ce_response.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_retry_after(const char *block, size_t length) {
  double seconds;
  if(celements_retry_after(block, length, 1700000000, &seconds) &&
     !(seconds >= 0 && seconds <= 86400))
    abort();
}

static void check_header_block(const char *block, size_t length) {
  size_t offset = 0;
  const char *name;
  const char *value;
  size_t name_length;
  size_t value_length;
  while(celements_header_next(block, length, &offset, &name, &name_length, &value, &value_length)) {
    size_t i;
    for(i = 0; i < name_length; i++) {
      if(name[i] >= 'A' && name[i] <= 'Z')
        abort();
    }
    if(name < block || value + value_length + 1 != block + offset || name + name_length > value)
      abort();
  }
  if(offset != length)
    abort();
  check_retry_after(block, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  celements_response *response = ce__response_new(0);
  const char *at = (const char *)data;
  const char *end = at + size;
  struct celements_outcome outcome;
  const char *block;
  size_t length;
  if(!response)
    abort();
  while(at < end) {
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    const char *after = feed ? feed + 1 : end;
    char *line = malloc((size_t)(after - at));
    if(!line)
      abort();
    memcpy(line, at, (size_t)(after - at)); /* so that reading on is seen */
    if(ce__response_header_line(response, line, (size_t)(after - at)) == CELEMENTS_NOMEM)
      abort();
    free(line);
    at = after;
  }
  block = celements_response_headers(response, &length);
  check_header_block(block, length);
  outcome = celements_response_outcome(response);
  celements_classify(&outcome);
  celements_response_free(response);
  return 0;
}
