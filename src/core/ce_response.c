#include "ce_response.h"

#include "ce_alloc.h"

#include <string.h>
#include <time.h>

#define MAX_HEADERS ((size_t)256 * 1024)
#define USUAL_HEADERS 512
#define MAX_KEPT ((size_t)16 * 1024) /* a response that is used again holds on to no more */

/* Payloads over 8 MB are answered with 429 (API documentation): trying again cannot help. */
#define PLATFORM_BODY_LIMIT ((size_t)8 * 1024 * 1024)

celements_response *ce__response_new(size_t max_body) {
  celements_response *response = ce__malloc(sizeof *response);
  if(!response)
    return NULL;
  ce__buf_init(&response->headers, MAX_HEADERS);
  ce__buf_init(&response->body, max_body);
  ce__response_reset(response, max_body);
  return response;
}

void ce__response_reset(celements_response *response, size_t max_body) {
  response->transport = CELEMENTS_KIND_NONE;
  response->failure = CELEMENTS_OK;
  response->status = 0;
  response->headed = false;
  response->cut = false;
  response->duration = 0;
  response->sent = false;
  response->timed = false;
  response->request_body = 0;
  response->detail[0] = '\0';
  response->headers.length = 0;
  if(response->headers.capacity > MAX_KEPT)
    ce__buf_drop(&response->headers);
  response->body.length = 0;
  if(response->body.capacity > MAX_KEPT)
    ce__buf_drop(&response->body);
  ce__buf_limit(&response->body, max_body);
}

void celements_response_free(celements_response *response) {
  if(!response)
    return;
  ce__buf_drop(&response->headers);
  ce__buf_drop(&response->body);
  ce__free(response);
}

const char *celements_response_body(const celements_response *response, size_t *length) {
  return celements_buffer_data(&response->body, length);
}

const char *celements_response_headers(const celements_response *response, size_t *length) {
  return celements_buffer_data(&response->headers, length);
}

double celements_response_duration(const celements_response *response) {
  return response->duration;
}

const struct celements_times *celements_response_times(const celements_response *response) {
  return response->timed ? &response->times : NULL;
}

const char *celements_response_detail(const celements_response *response) {
  return response->detail;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* RFC 9112, 5.2: a line that begins with a blank goes on with the value of the line before. */
static celements_status append_folded(celements_buffer *headers, const char *line,
                                      const char *end) {
  celements_status status;
  while(line < end && is_blank(*line))
    line++;
  if(line == end || !headers->length)
    return CELEMENTS_OK;
  status = ce__buf_reserve(headers, (size_t)(end - line) + 1);
  if(status)
    return status;
  headers->length--; /* the line feed */
  if(headers->data[headers->length - 1] != ' ')
    headers->data[headers->length++] = ' ';
  memcpy(headers->data + headers->length, line, (size_t)(end - line));
  headers->length += (size_t)(end - line);
  headers->data[headers->length++] = '\n';
  return CELEMENTS_OK;
}

/* Without a branch: names mix both cases at random. */
static char lower(char c) {
  unsigned upper = (unsigned char)(c - 'A') < 26;
  return (char)((unsigned char)c | (upper << 5));
}

celements_status ce__response_header_line(celements_response *response, const char *line,
                                          size_t length) {
  celements_buffer *headers = &response->headers;
  const char *end = line + length;
  const char *colon;
  celements_status status;
  char *out;
  if(length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
    celements_buffer_clear(headers); /* what came before belonged to a 1xx answer */
    response->headed = false;
    return CELEMENTS_OK;
  }
  if(length && (*line == '\r' || *line == '\n')) {
    response->headed = true;
    return CELEMENTS_OK;
  }
  while(end > line && is_blank(end[-1]))
    end--;
  if(length && (*line == ' ' || *line == '\t'))
    return append_folded(headers, line, end);
  colon = end > line ? memchr(line, ':', (size_t)(end - line)) : NULL;
  if(!colon)
    return CELEMENTS_OK;
  status = ce__buf_reserve(headers, headers->length || length + 3 > USUAL_HEADERS ? length + 3
                                                                                  : USUAL_HEADERS);
  if(status)
    return status;
  out = headers->data + headers->length;
  for(; line < colon; line++)
    *out++ = lower(*line);
  *out++ = ':';
  *out++ = ' ';
  do
    colon++;
  while(colon < end && is_blank(*colon));
  if(colon < end) {
    memcpy(out, colon, (size_t)(end - colon));
    out += end - colon;
  }
  *out++ = '\n';
  headers->length = (size_t)(out - headers->data);
  return CELEMENTS_OK;
}

bool celements_header_next(const char *block, size_t block_length, size_t *offset,
                           const char **name, size_t *name_length, const char **value,
                           size_t *value_length) {
  const char *line;
  const char *end;
  const char *colon;
  if(*offset >= block_length)
    return false;
  line = block + *offset;
  end = memchr(line, '\n', block_length - *offset);
  if(!end)
    return false;
  colon = memchr(line, ':', (size_t)(end - line));
  if(!colon)
    return false;
  *name = line;
  *name_length = (size_t)(colon - line);
  *value = colon + (colon[1] == ' ' ? 2 : 1);
  *value_length = (size_t)(end - *value);
  *offset = (size_t)(end + 1 - block);
  return true;
}

const char *celements_header_find(const char *block, size_t block_length, const char *name,
                                  size_t *value_length) {
  size_t wanted = strlen(name);
  size_t offset = 0;
  const char *at;
  const char *value;
  size_t length;
  while(celements_header_next(block, block_length, &offset, &at, &length, &value, value_length)) {
    if(length == wanted && memcmp(at, name, length) == 0)
      return value;
  }
  return NULL;
}

celements_kind ce__kind_of(CURLcode code) {
  switch((int)code) {
  case CURLE_OK:
    return CELEMENTS_KIND_NONE;
  case CURLE_OPERATION_TIMEDOUT:
    return CELEMENTS_KIND_TIMEOUT;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_ENGINE_NOTFOUND:
  case CURLE_SSL_ENGINE_SETFAILED:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_USE_SSL_FAILED:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_SHUTDOWN_FAILED:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_SSL_CLIENTCERT:
    return CELEMENTS_KIND_TLS;
  case CURLE_UNSUPPORTED_PROTOCOL: /* an answer of HTTP/0.9: nothing else is ever asked for */
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_PARTIAL_FILE:
  case CURLE_BAD_CONTENT_ENCODING:
  case CURLE_TOO_MANY_REDIRECTS:
  case CURLE_FILESIZE_EXCEEDED:
  case CURLE_WRITE_ERROR:
    return CELEMENTS_KIND_RESPONSE;
  default:
    return CELEMENTS_KIND_NETWORK;
  }
}

struct celements_outcome celements_response_outcome(const celements_response *response) {
  struct celements_outcome outcome;
  outcome.transport = response->transport;
  outcome.status = response->status;
  outcome.json = true;
  outcome.provider_message = false;
  outcome.wait = 0;
  outcome.retry_after = response->status >= 400 &&
                        celements_retry_after(response->headers.data, response->headers.length,
                                              (int64_t)time(NULL), &outcome.wait);
  outcome.cut = response->cut;
  outcome.sent = response->sent;
  outcome.request_body = response->request_body;
  return outcome;
}

static celements_kind classify_status(const struct celements_outcome *outcome) {
  /* The provider's own refusal is another story than ours: its 401 says that the customer's
   * credentials are wrong, not the application's. Statuses that mean one thing whoever says them
   * keep their kind. */
  switch(outcome->status) {
  case 403:
    return CELEMENTS_KIND_FORBIDDEN;
  case 404:
    return CELEMENTS_KIND_NOT_FOUND;
  case 409:
    return CELEMENTS_KIND_CONFLICT;
  case 413:
    return CELEMENTS_KIND_TOO_LARGE;
  case 429:
    if(outcome->request_body > PLATFORM_BODY_LIMIT && !outcome->retry_after)
      return CELEMENTS_KIND_TOO_LARGE;
    return CELEMENTS_KIND_RATE_LIMITED;
  default:
    break;
  }
  if(outcome->status >= 400 && outcome->provider_message)
    return CELEMENTS_KIND_PROVIDER;
  if(outcome->status == 401)
    return CELEMENTS_KIND_UNAUTHORIZED;
  if(outcome->status >= 500)
    return CELEMENTS_KIND_SERVER;
  if(outcome->status >= 400)
    return CELEMENTS_KIND_REJECTED;
  return CELEMENTS_KIND_RESPONSE;
}

celements_kind celements_classify(const struct celements_outcome *outcome) {
  if(outcome->transport)
    return outcome->transport;
  if(outcome->status >= 200 && outcome->status < 300)
    return outcome->json ? CELEMENTS_KIND_NONE : CELEMENTS_KIND_RESPONSE;
  return classify_status(outcome);
}

bool celements_maybe_sent(const struct celements_outcome *outcome) {
  if(outcome->transport)
    return outcome->sent;
  if(outcome->status >= 200 && outcome->status < 300)
    return !outcome->json;
  /* A proxy says 503, too, when it has waited for the platform in vain. */
  return outcome->status >= 500 && !(outcome->status == 503 && outcome->retry_after);
}
