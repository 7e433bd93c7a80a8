#include "ce_transfer.h"

#include "ce_alloc.h"
#include "ce_share.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Not every system can make a socket close-on-exec from the start. */
#ifdef SOCK_CLOEXEC
#define AT_BIRTH SOCK_CLOEXEC
#else
#define AT_BIRTH 0
#endif

/* Bytes through which libcurl copies a body to HTTP/2, the fewest it takes. With its own 64 KiB
 * thousands of calls in flight need a sixth more memory (`make bench-flight`). */
#define UPLOAD_BUFFER 16384L

static size_t on_header(char *line, size_t size, size_t count, void *data) {
  struct ce__transfer *transfer = data;
  celements_response *response = transfer->response;
  response->failure = ce__response_header_line(response, line, size * count);
  transfer->limit = 0;
  return response->failure ? 0 : size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  struct ce__transfer *transfer = data;
  celements_response *response = transfer->response;
  if(ce__carry_takes_body(transfer))
    return ce__carry_body(transfer, bytes, size * count);
  response->failure = celements_buffer_append(&response->body, bytes, size * count);
  transfer->limit = response->body.max;
  return response->failure ? 0 : size * count;
}

/* libcurl sends a request again by itself when a kept connection breaks before the first byte of an
 * answer, whatever the method. By then the server may have done the work: to a DELETE that is sent
 * again it would say that there is nothing. And nobody would be told of it. */
static bool is_sent_once(const char *method) {
  return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

static int on_send(void *data, char *remote_ip, char *local_ip, int remote_port, int local_port) {
  struct ce__transfer *transfer = data;
  (void)remote_ip;
  (void)local_ip;
  (void)remote_port;
  if(transfer->once && transfer->sends > 0)
    return CURL_PREREQFUNC_ABORT;
  transfer->sends++;
  ce__share_sent(transfer, local_port);
  return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open_socket(void *data, curlsocktype purpose,
                                    struct curl_sockaddr *address) {
  struct ce__poller **poller = data;
  int fd = socket(address->family, address->socktype | AT_BIRTH, address->protocol);
  (void)purpose;
  if(fd < 0)
    return CURL_SOCKET_BAD;
  if((!AT_BIRTH && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) || ce__poller_opened(*poller, fd)) {
    close(fd);
    return CURL_SOCKET_BAD;
  }
  return fd;
}

static int on_close_socket(void *data, curl_socket_t fd) {
  struct ce__poller **poller = data;
  ce__poller_closed(*poller, fd);
  return close(fd);
}

/* Everything that stays the same from call to call. */
static CURLcode set_up(struct ce__transfer *transfer) {
  CURL *easy = transfer->easy;
  const celements_target *target = transfer->target;
  const bool http2 = ce__target_http2(target);
  curl_easy_reset(easy);
  transfer->verb = CE__VERB_NONE;
  transfer->custom = false;
  transfer->timeout_ms = transfer->connect_timeout_ms = -1;
  transfer->low_speed_bytes = transfer->low_speed_seconds = 0;
  CE__SET(CURLOPT_NOSIGNAL, 1L);
  CE__SET(CURLOPT_HTTP_VERSION, (long)(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  /* The first of many calls opens the connection that they share. Without TLS the others would wait
   * for its answer. */
  CE__SET(CURLOPT_PIPEWAIT, http2 ? 1L : 0L);
  CE__SET(CURLOPT_TCP_KEEPALIVE, 1L);
  CE__SET(CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
  CE__SET(CURLOPT_PRIVATE, transfer);
  CE__SET(CURLOPT_ERRORBUFFER, transfer->error);
  CE__SET(CURLOPT_HEADERFUNCTION, on_header);
  CE__SET(CURLOPT_HEADERDATA, transfer);
  CE__SET(CURLOPT_WRITEFUNCTION, on_body);
  CE__SET(CURLOPT_WRITEDATA, transfer);
  CE__SET(CURLOPT_PREREQFUNCTION, on_send);
  CE__SET(CURLOPT_PREREQDATA, transfer);
  CE__SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  CE__SET(CURLOPT_OPENSOCKETDATA, transfer->poller);
  CE__SET(CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
  CE__SET(CURLOPT_CLOSESOCKETDATA, transfer->poller);
  CE__SET(CURLOPT_QUICK_EXIT, 1L); /* a deadline does not wait for a resolver thread to end */
  CE__SET(CURLOPT_PROTOCOLS_STR, target->tls ? "https" : "http");
  CE__SET(CURLOPT_URL, target->base_url.data); /* or libcurl would compose one of the parts */
  CE__SET(CURLOPT_CURLU, transfer->url);
  if(target->ca_file)
    CE__SET(CURLOPT_CAINFO, target->ca_file);
  if(target->proxy)
    CE__SET(CURLOPT_PROXY, target->proxy);
  if(curl_url_set(transfer->url, CURLUPART_URL, target->base_url.data, 0) != CURLUE_OK)
    return CURLE_OUT_OF_MEMORY; /* the target has checked the rest */
  transfer->transport = target->transport;
  return CURLE_OK;
}

static CURLcode set_verb(struct ce__transfer *transfer, enum ce__verb verb) {
  CURL *easy = transfer->easy;
  if(transfer->verb == verb)
    return CURLE_OK;
  transfer->verb = CE__VERB_NONE; /* until all of it is said */
  if(verb == CE__VERB_POST) {
    CE__SET(CURLOPT_POST, 1L); /* undoes a HEAD's NOBODY, which the options of the body do not */
  } else {
    CE__SET(CURLOPT_HTTPGET, 1L);
    if(verb == CE__VERB_HEAD)
      CE__SET(CURLOPT_NOBODY, 1L);
  }
  transfer->verb = verb;
  return CURLE_OK;
}

static CURLcode set_method(struct ce__transfer *transfer, const celements_request *request) {
  static const char *const natural[] = {"", "GET", "HEAD", "POST"};
  CURL *easy = transfer->easy;
  const char *method = request->method;
  enum ce__verb verb = request->body || ce__method_takes_body(method) ? CE__VERB_POST
                       : strcmp(method, "HEAD") == 0                  ? CE__VERB_HEAD
                                                                      : CE__VERB_GET;
  bool custom = strcmp(method, natural[verb]) != 0;
  CURLcode code = set_verb(transfer, verb);
  if(code != CURLE_OK)
    return code;
  if(verb == CE__VERB_POST) {
    CE__SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    CE__SET(CURLOPT_POSTFIELDS, request->body ? request->body : "");
  }
  if(!custom && !transfer->custom)
    return CURLE_OK;
  transfer->custom = custom;
  return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, custom ? method : NULL);
}

static bool has_source(const celements_request *request) {
  return request->stream && request->stream->is_source;
}

static CURLcode set_limits(struct ce__transfer *transfer, const celements_request *request) {
  CURL *easy = transfer->easy;
  if(transfer->timeout_ms != request->timeout_ms)
    CE__SET(CURLOPT_TIMEOUT_MS, request->timeout_ms);
  transfer->timeout_ms = request->timeout_ms;
  if(transfer->connect_timeout_ms != request->connect_timeout_ms)
    CE__SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
  transfer->connect_timeout_ms = request->connect_timeout_ms;
  if(transfer->low_speed_bytes != request->low_speed_bytes)
    CE__SET(CURLOPT_LOW_SPEED_LIMIT, request->low_speed_bytes);
  transfer->low_speed_bytes = request->low_speed_bytes;
  if(transfer->low_speed_seconds != request->low_speed_seconds)
    CE__SET(CURLOPT_LOW_SPEED_TIME, request->low_speed_seconds);
  transfer->low_speed_seconds = request->low_speed_seconds;
  return CURLE_OK;
}

/* Only what changes from call to call: parsing the whole URL again would be a sixth of what a call
 * costs in libcurl (callgrind, 7.88). */
static CURLcode set_path(struct ce__transfer *transfer, celements_request *request) {
  char *path = ce__buf_text(&request->url);
  char *query;
  if(!path)
    return CURLE_OUT_OF_MEMORY;
  path += transfer->target->path_start;
  query = strchr(path, '?');
  if(query)
    *query++ = '\0'; /* the description is used up by this */
  if(curl_url_set(transfer->url, CURLUPART_PATH, path, 0) != CURLUE_OK ||
     curl_url_set(transfer->url, CURLUPART_QUERY, query, 0) != CURLUE_OK)
    return CURLE_OUT_OF_MEMORY;
  return CURLE_OK;
}

static CURLcode set_request(struct ce__transfer *transfer, celements_request *request) {
  CURL *easy = transfer->easy;
  CURLcode code = set_path(transfer, request);
  if(code != CURLE_OK)
    return code;
  CE__SET(CURLOPT_HTTPHEADER, transfer->headers.list);
  code = set_limits(transfer, request);
  if(code != CURLE_OK)
    return code;
  if(request->stream)
    code = ce__carry_set(transfer, request);
  return code == CURLE_OK && !has_source(request) ? set_method(transfer, request) : code;
}

celements_status ce__transfer_new(struct ce__transfer **out, struct ce__poller **poller,
                                  struct ce__slots *slots) {
  struct ce__transfer *transfer = ce__calloc(1, sizeof *transfer);
  if(!transfer)
    return CELEMENTS_NOMEM;
  transfer->poller = poller;
  transfer->slots = slots;
  transfer->easy = curl_easy_init();
  transfer->url = curl_url();
  if(!transfer->easy || !transfer->url) {
    ce__transfer_free(transfer);
    return CELEMENTS_NOMEM;
  }
  *out = transfer;
  return CELEMENTS_OK;
}

void ce__transfer_free(struct ce__transfer *transfer) {
  if(!transfer)
    return;
  curl_easy_cleanup(transfer->easy);
  curl_url_cleanup(transfer->url);
  ce__free(transfer);
}

/* What the handle still points to is gone then, and is set anew before it is used again. */
static void let_go(struct ce__transfer *transfer) {
  ce__headers_free(&transfer->headers);
  celements_target_unref(transfer->target);
  transfer->target = NULL;
  transfer->response = NULL;
  transfer->waits = false;
  if(!transfer->stream)
    return;
  celements_stream_unref(transfer->stream);
  transfer->stream = NULL;
  transfer->transport = 0;
}

celements_status ce__transfer_start(struct ce__transfer *transfer, celements_request *request,
                                    celements_response *response) {
  celements_target *target = request->target;
  celements_status status;
  CURLcode code = CURLE_OK;
  transfer->response = response;
  status = ce__request_take_headers(request, &transfer->headers);
  /* The description is used up, also by a failure from here on: submitted again it would make the
   * call twice, or make it without its headers. */
  transfer->target = target;
  request->target = NULL;
  transfer->stream = request->stream;
  transfer->paused = false;
  if(!status) {
    if(transfer->transport != target->transport)
      code = set_up(transfer);
    if(code == CURLE_OK)
      code = set_request(transfer, request);
    if(code != CURLE_OK) {
      transfer->transport = 0; /* set up for nothing */
      status = code == CURLE_OUT_OF_MEMORY ? CELEMENTS_NOMEM : CELEMENTS_LIBCURL;
    }
  }
  request->stream = NULL;
  if(status) {
    let_go(transfer);
    return status;
  }
  transfer->error[0] = '\0';
  transfer->response->request_body = request->body_length;
  transfer->sends = 0;
  transfer->since = 0;
  transfer->once =
      is_sent_once(request->method) || (transfer->stream && transfer->stream->is_source);
  return CELEMENTS_OK;
}

celements_status ce__transfer_resume(struct ce__transfer *transfer, int64_t now) {
  long left;
  if(transfer->timeout_ms <= 0)
    return CELEMENTS_OK;
  left = transfer->deadline > now ? (long)(transfer->deadline - now) : 1;
  transfer->timeout_ms = left;
  return curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, left) == CURLE_OK ? CELEMENTS_OK
                                                                                : CELEMENTS_LIBCURL;
}

static void describe_failure(struct ce__transfer *transfer, CURLcode code) {
  celements_response *response = transfer->response;
  char *detail = response->detail;
  const size_t size = sizeof response->detail;
  if(response->failure == CELEMENTS_TOO_BIG && transfer->limit)
    snprintf(detail, size, "the answer is over the limit of %zu bytes", transfer->limit);
  else if(response->failure == CELEMENTS_TOO_BIG)
    snprintf(detail, size, "the answer's headers are over %zu bytes", response->headers.max);
  else if(response->failure)
    snprintf(detail, size, "%s", celements_status_text(response->failure));
  else if(code == CURLE_ABORTED_BY_CALLBACK)
    snprintf(detail, size, "the kept connection broke after the request was sent%s",
             ce__target_http2(transfer->target)
                 ? ", or the server allows it fewer calls at once: then http2 = false helps"
                 : "");
  else
    snprintf(detail, size, "%s", *transfer->error ? transfer->error : curl_easy_strerror(code));
}

static double seconds_until(CURL *easy, CURLINFO phase) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, phase, &microseconds);
  return (double)microseconds / 1e6;
}

static int64_t bytes_of(CURL *easy, CURLINFO direction) {
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy, direction, &bytes);
  return bytes;
}

static void note_times(CURL *easy, celements_response *response) {
  struct celements_times *times = &response->times;
  times->dns = seconds_until(easy, CURLINFO_NAMELOOKUP_TIME_T);
  times->connect = seconds_until(easy, CURLINFO_CONNECT_TIME_T);
  times->tls = seconds_until(easy, CURLINFO_APPCONNECT_TIME_T);
  times->first_byte = seconds_until(easy, CURLINFO_STARTTRANSFER_TIME_T);
  times->total = seconds_until(easy, CURLINFO_TOTAL_TIME_T);
  times->sent = bytes_of(easy, CURLINFO_SIZE_UPLOAD_T);
  times->received = bytes_of(easy, CURLINFO_SIZE_DOWNLOAD_T);
  response->timed = true;
}

static void note_facts(struct ce__transfer *transfer) {
  celements_response *response = transfer->response;
  curl_off_t microseconds = 0;
  response->sent = transfer->sends > 0;
  if(transfer->since) /* what libcurl says leaves out how long the call waited for its limit */
    response->duration = (double)(celements_now() - transfer->since) / 1e3;
  if(!transfer->easy || transfer->waits)
    return;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &response->status);
  if(transfer->target->timed)
    note_times(transfer->easy, response);
  if(transfer->since)
    return;
  curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
  response->duration = (double)microseconds / 1e6;
}

celements_response *ce__transfer_finish(struct ce__transfer *transfer, CURLcode code) {
  celements_response *response = transfer->response;
  const char *why = transfer->stream ? transfer->stream->detail : "";
  note_facts(transfer);
  /* libcurl takes an answer for whole whose connection ends among its headers (7.88). */
  if(code == CURLE_OK && !response->headed)
    code = CURLE_PARTIAL_FILE;
  response->cut = code == CURLE_PARTIAL_FILE;
  response->transport = ce__kind_of(code);
  if(code != CURLE_OK && *why) {
    response->transport = CELEMENTS_KIND_CANCELLED;
    snprintf(response->detail, sizeof response->detail, "%s", why);
  } else if(code != CURLE_OK) {
    describe_failure(transfer, code);
  }
  if(transfer->stream && (code != CURLE_OK || response->status < 200 || response->status >= 300))
    ce__stream_file_close(transfer->stream);
  let_go(transfer);
  return response;
}

celements_response *ce__transfer_stop(struct ce__transfer *transfer, celements_kind why,
                                      const char *detail) {
  celements_response *response = transfer->response;
  note_facts(transfer);
  response->transport = why;
  snprintf(response->detail, sizeof response->detail, "%s", detail);
  if(transfer->stream)
    ce__stream_file_close(transfer->stream);
  let_go(transfer);
  return response;
}
