/* How a transfer carries a stream: between libcurl's callbacks and the bytes. */
#include "ce_slots.h"

#define STREAM_BUFFER ((long)64 * 1024) /* for each direction; other calls do with less */

static void stir(const struct ce__transfer *transfer) {
  if(ce__stream_is_ready(transfer->stream))
    ce__slots_stir(transfer->slots, transfer->slot);
}

static size_t on_read(char *into, size_t size, size_t count, void *data) {
  struct ce__transfer *transfer = data;
  size_t taken = 0;
  celements_status status = ce__stream_read(transfer->stream, into, size * count, &taken);
  stir(transfer);
  if(status == CELEMENTS_PENDING) {
    transfer->paused = true;
    return CURL_READFUNC_PAUSE;
  }
  return status ? CURL_READFUNC_ABORT : taken;
}

static celements_status expect(const struct ce__transfer *transfer) {
  curl_off_t total = -1;
  curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &total);
  return ce__stream_expect(transfer->stream, (int64_t)total);
}

size_t ce__carry_body(struct ce__transfer *transfer, const char *bytes, size_t length) {
  celements_stream *stream = transfer->stream;
  celements_response *response = transfer->response;
  celements_status status = stream->moved ? CELEMENTS_OK : expect(transfer);
  if(!status)
    status = ce__stream_write(stream, bytes, length);
  stir(transfer);
  if(status == CELEMENTS_PENDING) {
    transfer->paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  response->failure = status;
  transfer->limit = (size_t)stream->max;
  return status ? 0 : length;
}

bool ce__carry_takes_body(const struct ce__transfer *transfer) {
  long status = 0;
  if(!transfer->stream || transfer->stream->is_source)
    return false;
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  return status >= 200 && status < 300;
}

/* A stream that waits for its owner would hold up what shares its connection, or pile up for it.
 * Its options are forgotten after the call, with all others. */
CURLcode ce__carry_set(struct ce__transfer *transfer, const celements_request *request) {
  CURL *easy = transfer->easy;
  CE__SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  CE__SET(CURLOPT_PIPEWAIT, 0L);
  /* Refused while the handle still holds a buffer, of a call that could not begin: any size will
   * do. */
  (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, STREAM_BUFFER);
  if(!request->stream->is_source)
    return CURLE_OK;
  CE__SET(CURLOPT_UPLOAD, 1L);
  CE__SET(CURLOPT_UPLOAD_BUFFERSIZE, STREAM_BUFFER);
  CE__SET(CURLOPT_READFUNCTION, on_read);
  CE__SET(CURLOPT_READDATA, transfer);
  CE__SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)ce__stream_size(request->stream));
  CE__SET(CURLOPT_CUSTOMREQUEST, request->method);
  return CURLE_OK;
}
