/*
 * Any bytes as what a caller describes: what is taken makes a URL or header that is well formed and
 * stays under the base URL. The first byte says what the rest is: `p` a path, `q` a query (name and
 * value, a NUL between), `h` a header (likewise), `b` a base URL, `s` a secret, `r` a text to
 * redact.
 */
#include "ce_request.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE "http://h/v2/base"

static void must(bool ok) {
  if(!ok)
    abort();
}

/* libcurl takes it as it is: it resolves no dot segment and sees no other host. */
static void check_url(const char *url) {
  CURLU *parsed = curl_url();
  char *part = NULL;
  must(parsed && strncmp(url, BASE, strlen(BASE)) == 0);
  must(strspn(url, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                   "-._~:/?[]@!$&'()*+,;=%") == strlen(url));
  must(curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK);
  must(curl_url_get(parsed, CURLUPART_PATH, &part, 0) == CURLUE_OK);
  must(strncmp(url + strlen("http://h"), part, strlen(part)) == 0);
  curl_free(part);
  must(curl_url_get(parsed, CURLUPART_HOST, &part, 0) == CURLUE_OK && strcmp(part, "h") == 0);
  curl_free(part);
  curl_url_cleanup(parsed);
}

static void check_lines(celements_request *request) {
  struct ce__headers headers = {NULL, NULL, NULL};
  const struct curl_slist *line;
  must(ce__request_take_headers(request, &headers) == CELEMENTS_OK);
  for(line = headers.list; line; line = line->next)
    must(!strpbrk(line->data, "\r\n") && strpbrk(line->data, ":;"));
  ce__headers_free(&headers);
}

static void describe_request(celements_target *target, char what, const char *text, size_t size) {
  celements_request *request = NULL;
  const char *nul = size ? memchr(text, '\0', size) : NULL;
  const char *value = nul ? nul + 1 : text + size;
  size_t name_length = nul ? (size_t)(nul - text) : size;
  size_t value_length = (size_t)(text + size - value);
  must(celements_request_new(&request) == CELEMENTS_OK);
  if(what == 'p') {
    if(celements_request_start(request, target, "GET", text, size) == CELEMENTS_OK)
      check_url(ce__buf_text(&request->url));
  } else {
    must(celements_request_start(request, target, "POST", "/x", 2) == CELEMENTS_OK);
    if(what == 'q')
      (void)celements_request_query(request, text, name_length, value, value_length);
    else
      (void)celements_request_header(request, text, name_length, value, value_length);
    check_url(ce__buf_text(&request->url));
    check_lines(request);
  }
  celements_request_free(request);
}

static void make_target(char what, const char *text) {
  struct celements_target_options options = {.base_url = what == 'b' ? text : BASE};
  celements_target *target = NULL;
  celements_request *request = NULL;
  if(what == 's')
    options.user_secret = options.organization_secret = text;
  if(celements_target_new(&target, &options, NULL))
    return;
  must(celements_request_new(&request) == CELEMENTS_OK);
  must(celements_request_start(request, target, "GET", "/x", 2) == CELEMENTS_OK);
  check_lines(request);
  celements_request_free(request);
  celements_target_unref(target);
}

static void redact(const celements_target *target, const char *text, size_t size) {
  celements_buffer *out = NULL;
  const char *data;
  size_t length;
  must(celements_buffer_new(&out, 8 * size + 8) == CELEMENTS_OK);
  must(celements_target_redact(target, text, size, out) == CELEMENTS_OK);
  data = celements_buffer_data(out, &length);
  must(!memmem(data, length, "password=", 9) && !memmem(data, length, "organization", 12));
  celements_buffer_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct celements_target_options options = {.base_url = BASE "/",
                                             .user_secret = "password=",
                                             .organization_secret = "organization",
                                             .element_token = "a b="};
  celements_target *target = NULL;
  char *text;
  if(!size)
    return 0;
  text = malloc(size);
  must(text && celements_target_new(&target, &options, NULL) == CELEMENTS_OK);
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0'; /* for what wants one; a sanitizer sees reads beyond */
  if(data[0] == 'b' || data[0] == 's')
    make_target((char)data[0], text);
  else if(data[0] == 'r')
    redact(target, text, size - 1);
  else
    describe_request(target, (char)data[0], text, size - 1);
  free(text);
  celements_target_unref(target);
  return 0;
}
