/* Any bytes as JSON text: nothing outside is read, and what is no mark stays. */
#include "celements.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  celements_buffer *out = NULL;
  const char *result;
  size_t length;
  size_t i;
  for(i = 0; i < size; i++) {
    if(text[i] == '"') {
      const char *after = celements_json_skip_string(text + i, text + size);
      if(after <= text + i || after > text + size)
        abort();
    }
  }
  celements_json_is_plain(text, size);
  celements_json_has_large_number(text, size, 15);
  if(celements_buffer_new(&out, size) || celements_json_unmark(text, size, out))
    abort(); /* it never grows */
  result = celements_buffer_data(out, &length);
  if(length > size)
    abort();
  if(!memmem(text, size, "\"\\u0000", 7) && (length != size || memcmp(result, text, size) != 0))
    abort();
  celements_buffer_free(out);
  return 0;
}
