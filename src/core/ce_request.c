#include "ce_request.h"

#include "ce_alloc.h"
#include "ce_stream.h"

#include <string.h>
#include <strings.h>

#define MAX_URL 65536
#define MAX_HEADER_LINE 16384
#define MAX_UNEXPECTED 1024 /* bytes of a body for which no libcurl waits for 100-continue */

static const char hex[] = "0123456789ABCDEF";

/* RFC 3986: unreserved characters stand for themselves everywhere. */
static bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

static bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What may stand in a path or query as the caller wrote it: sub-delimiters and separators. */
static bool is_path_character(unsigned char c) {
  return is_unreserved(c) || (c && strchr("/:@!$&'()*+,;=?[]", c) != NULL);
}

static celements_status append_percent(celements_buffer *out, unsigned char c) {
  const char text[3] = {'%', hex[c >> 4], hex[c & 15]};
  return celements_buffer_append(out, text, sizeof text);
}

static celements_status append_escaped(celements_buffer *out, const char *text, size_t length,
                                       const char *also) {
  celements_status status = CELEMENTS_OK;
  size_t i;
  for(i = 0; i < length && !status; i++) {
    unsigned char c = (unsigned char)text[i];
    if(is_unreserved(c) || (c && strchr(also, c)))
      status = ce__buf_append_byte(out, text[i]);
    else
      status = append_percent(out, c);
  }
  return status;
}

celements_status celements_escape(celements_buffer *out, const char *text, size_t length) {
  return append_escaped(out, text, length, "");
}

celements_status celements_request_new(celements_request **out) {
  celements_request *request = ce__calloc(1, sizeof *request);
  if(!request)
    return CELEMENTS_NOMEM;
  ce__buf_init(&request->url, MAX_URL);
  *out = request;
  return CELEMENTS_OK;
}

void celements_request_forget(celements_request *request) {
  celements_target_unref(request->target);
  request->target = NULL;
  celements_stream_unref(request->stream);
  request->stream = NULL;
  ce__headers_free(&request->headers);
  celements_buffer_clear(&request->url);
  request->has_query = false;
  request->replaced = 0;
  request->body = NULL;
  request->body_length = 0;
  request->timeout_ms = 0;
  request->connect_timeout_ms = 0;
  request->low_speed_bytes = request->low_speed_seconds = 0;
  request->max_body = SIZE_MAX;
}

void celements_request_free(celements_request *request) {
  if(!request)
    return;
  celements_request_forget(request);
  ce__buf_drop(&request->url);
  ce__free(request);
}

static celements_status set_method(celements_request *request, const char *method) {
  size_t length = strlen(method);
  size_t i;
  if(!length || length >= CE__METHOD_MAX)
    return CELEMENTS_BAD_METHOD;
  for(i = 0; i < length; i++) {
    if(method[i] < 'A' || method[i] > 'Z')
      return CELEMENTS_BAD_METHOD;
  }
  memcpy(request->method, method, length + 1);
  return CELEMENTS_OK;
}

bool ce__method_takes_body(const char *method) {
  return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

/* How many characters a dot takes here: 1 for `.`, 3 for `%2e`, 0 for anything else. */
static size_t dot_at(const char *text, size_t length) {
  if(length && text[0] == '.')
    return 1;
  if(length >= 3 && text[0] == '%' && text[1] == '2' && (text[2] | 0x20) == 'e')
    return 3;
  return 0;
}

/* True for a segment that a server or libcurl would resolve away, escaping the path's prefix. */
static bool is_dot_segment(const char *text, size_t length) {
  size_t first = dot_at(text, length);
  if(!first)
    return false;
  return length == first || length - first == dot_at(text + first, length - first);
}

static bool has_dot_segment(const char *path, size_t length) {
  const char *query = memchr(path, '?', length);
  size_t end = query ? (size_t)(query - path) : length;
  size_t start = 1;
  size_t i;
  for(i = 1; i <= end; i++) {
    if(i == end || path[i] == '/') {
      if(is_dot_segment(path + start, i - start))
        return true;
      start = i + 1;
    }
  }
  return false;
}

static celements_status append_path(celements_request *request, const char *path, size_t length) {
  celements_status status = CELEMENTS_OK;
  size_t plain = 0; /* start of what needs no change, appended in one piece */
  size_t i;
  for(i = 0; i < length && !status; i++) {
    unsigned char c = (unsigned char)path[i];
    if(c < 0x20 || c == 0x7f)
      return CELEMENTS_BAD_PATH;
    if(is_path_character(c) ||
       (c == '%' && i + 2 < length && is_hex(path[i + 1]) && is_hex(path[i + 2])))
      continue;
    status = celements_buffer_append(&request->url, path + plain, i - plain);
    if(!status)
      status = append_percent(&request->url, c);
    plain = i + 1;
  }
  if(!status)
    status = celements_buffer_append(&request->url, path + plain, length - plain);
  return status;
}

celements_status celements_request_start(celements_request *request, celements_target *target,
                                         const char *method, const char *path, size_t path_length) {
  celements_status status;
  celements_request_forget(request);
  status = set_method(request, method);
  if(status)
    return status;
  if(!path_length || path[0] != '/' || has_dot_segment(path, path_length))
    return CELEMENTS_BAD_PATH;
  status =
      celements_buffer_append(&request->url, target->base_url.data, target->base_url.length - 1);
  if(!status)
    status = append_path(request, path, path_length);
  if(status)
    return status;
  request->has_query = memchr(path, '?', path_length) != NULL;
  request->target = celements_target_ref(target);
  return CELEMENTS_OK;
}

celements_status celements_request_query(celements_request *request, const char *name,
                                         size_t name_length, const char *value,
                                         size_t value_length) {
  const size_t before = request->url.length;
  celements_status status = ce__buf_append_byte(&request->url, request->has_query ? '&' : '?');
  if(!status)
    status = append_escaped(&request->url, name, name_length, "[]");
  if(!status)
    status = ce__buf_append_byte(&request->url, '=');
  if(!status)
    status = celements_escape(&request->url, value, value_length);
  if(status)
    request->url.length = before; /* half a parameter would ask for something else */
  else
    request->has_query = true;
  return status;
}

/* RFC 9110 token, less the exotic half of its punctuation. */
static bool is_header_name(const char *name, size_t length) {
  size_t i;
  for(i = 0; i < length; i++) {
    unsigned char c = (unsigned char)name[i];
    if(!is_unreserved(c) || c == '~')
      return false;
  }
  return length > 0;
}

static bool same_name(const char *name, size_t length, const char *other) {
  return strlen(other) == length && strncasecmp(name, other, length) == 0;
}

static bool is_reserved(const char *name, size_t length) {
  static const char *const reserved[] = {"Authorization", "Host", "Content-Length",
                                         "Transfer-Encoding", "Connection"};
  size_t i;
  for(i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
    if(same_name(name, length, reserved[i]))
      return true;
  }
  return false;
}

static celements_status append_line(struct ce__headers *headers, const char *text) {
  struct curl_slist *line = curl_slist_append(NULL, text);
  if(!line)
    return CELEMENTS_NOMEM;
  if(headers->last)
    headers->last->next = line;
  else
    headers->own = line;
  headers->last = line;
  return CELEMENTS_OK;
}

static unsigned line_replaced_by(const char *name, size_t length) {
  if(same_name(name, length, "Content-Type"))
    return 1u << CE__LINE_TYPE;
  if(same_name(name, length, "Expect"))
    return 1u << CE__LINE_EXPECT;
  if(same_name(name, length, "Accept"))
    return 1u << CE__LINE_ACCEPT;
  if(same_name(name, length, "User-Agent"))
    return 1u << CE__LINE_AGENT;
  return 0;
}

celements_status celements_request_header(celements_request *request, const char *name,
                                          size_t name_length, const char *value,
                                          size_t value_length) {
  celements_buffer line;
  celements_status status;
  const char *text;
  if(!is_header_name(name, name_length))
    return CELEMENTS_BAD_HEADER_NAME;
  if(is_reserved(name, name_length))
    return CELEMENTS_RESERVED_HEADER;
  if(memchr(value, '\r', value_length) || memchr(value, '\n', value_length) ||
     memchr(value, '\0', value_length))
    return CELEMENTS_BAD_HEADER_VALUE;
  while(value_length && (value[value_length - 1] == ' ' || value[value_length - 1] == '\t'))
    value_length--; /* not part of the value; libcurl leaves a header out that is blank */
  ce__buf_init(&line, MAX_HEADER_LINE);
  status = celements_buffer_append(&line, name, name_length);
  /* libcurl reads `Name:` as "leave it out" and `Name;` as "send it without a value". */
  if(!status)
    status = ce__buf_append_text(&line, value_length ? ": " : ";");
  if(!status)
    status = celements_buffer_append(&line, value, value_length);
  if(!status) {
    text = ce__buf_text(&line);
    status = text ? append_line(&request->headers, text) : CELEMENTS_NOMEM;
  }
  if(!status)
    request->replaced |= line_replaced_by(name, name_length);
  ce__buf_drop(&line);
  return status;
}

void celements_request_body(celements_request *request, const char *data, size_t length) {
  request->body = data;
  request->body_length = length;
}

celements_status celements_request_stream(celements_request *request, celements_stream *stream) {
  if(*stream->boundary && (request->replaced & (1u << CE__LINE_TYPE)))
    return CELEMENTS_RESERVED_HEADER;
  celements_stream_unref(request->stream);
  request->stream = celements_stream_ref(stream);
  return CELEMENTS_OK;
}

void celements_request_limits(celements_request *request, long timeout_ms, long connect_timeout_ms,
                              size_t max_body) {
  request->timeout_ms = timeout_ms;
  request->connect_timeout_ms = connect_timeout_ms;
  request->max_body = max_body;
}

void celements_request_low_speed(celements_request *request, long bytes, long seconds) {
  request->low_speed_bytes = bytes;
  request->low_speed_seconds = seconds;
}

/* The Content-Type line of a call to which that of JSON does not apply. */
static const char *type_line(const celements_request *request) {
  const celements_stream *stream = request->stream;
  if(request->replaced & (1u << CE__LINE_TYPE))
    return NULL;
  if(stream && stream->is_source)
    return stream->type.length ? stream->type.data : "Content-Type: application/octet-stream";
  /* libcurl would call the empty body of a POST a form. */
  return !request->body && ce__method_takes_body(request->method) ? "Content-Type:" : NULL;
}

/* The first line that the call may need. libcurl compares each line to a dozen names. */
static unsigned first_line(const celements_request *request) {
  if(request->body_length > MAX_UNEXPECTED || (request->stream && request->stream->is_source))
    return CE__LINE_EXPECT;
  return request->body ? CE__LINE_TYPE : CE__LINE_ACCEPT;
}

celements_status ce__request_take_headers(celements_request *request, struct ce__headers *out) {
  struct curl_slist *lines = request->target->lines;
  const char *type = type_line(request);
  const unsigned first = first_line(request);
  unsigned shared = first;
  unsigned i;
  if(type) {
    celements_status status = append_line(&request->headers, type);
    if(status)
      return status;
    request->replaced |= 1u << CE__LINE_TYPE;
  }
  /* Lines up to the last replaced one cannot be shared: the rest of the list hangs on each. */
  for(i = first; i < CE__LINES; i++) {
    if(request->replaced & (1u << i))
      shared = i + 1;
  }
  for(i = first; i < shared; i++) {
    if(!(request->replaced & (1u << i))) {
      celements_status status = append_line(&request->headers, lines[i].data);
      if(status)
        return status;
    }
  }
  *out = request->headers;
  request->headers.own = request->headers.last = NULL;
  out->list = &lines[shared];
  if(!lines[shared].data)
    out->list = NULL; /* no Authorization line */
  if(out->own) {
    out->last->next = out->list;
    out->list = out->own;
  }
  return CELEMENTS_OK;
}

void ce__headers_free(struct ce__headers *headers) {
  if(headers->own) {
    headers->last->next = NULL;
    curl_slist_free_all(headers->own);
  }
  headers->list = headers->own = headers->last = NULL;
}
