/* Bodies that are never in memory as a whole: pipes, and what files and pipes have in common. */
#include "ce_stream.h"

#include "ce_alloc.h"

#include <stdio.h>
#include <string.h>

#define STEP ((int64_t)1 << 20) /* bytes between two looks at how it goes */
#define MAX_FRAME ((size_t)1 << 20)

celements_status ce__stream_new(celements_stream **out, bool is_source) {
  celements_stream *stream = ce__calloc(1, sizeof *stream);
  if(!stream)
    return CELEMENTS_NOMEM;
  if(pthread_mutex_init(&stream->lock, NULL)) {
    ce__free(stream);
    return CELEMENTS_SYSTEM;
  }
  atomic_init(&stream->references, 1);
  stream->is_source = is_source;
  stream->fd = -1;
  stream->forks = ce__fork_count();
  stream->size = stream->total = CE__STREAM_UNKNOWN;
  stream->max = INT64_MAX;
  ce__buf_init(&stream->type, MAX_FRAME);
  ce__buf_init(&stream->head, MAX_FRAME);
  ce__buf_init(&stream->tail, MAX_FRAME);
  *out = stream;
  return CELEMENTS_OK;
}

static celements_status new_pipe(celements_stream **out, bool is_source) {
  celements_stream *stream;
  celements_status status = ce__stream_new(&stream, is_source);
  if(status)
    return status;
  stream->data = ce__malloc(CELEMENTS_STREAM_BUFFER);
  if(!stream->data) {
    celements_stream_unref(stream);
    return CELEMENTS_NOMEM;
  }
  *out = stream;
  return CELEMENTS_OK;
}

celements_status celements_source(celements_stream **out, int64_t size) {
  celements_status status = new_pipe(out, true);
  if(!status)
    (*out)->size = size < 0 ? CE__STREAM_UNKNOWN : size;
  return status;
}

celements_status celements_sink(celements_stream **out) { return new_pipe(out, false); }

celements_stream *celements_stream_ref(celements_stream *stream) {
  atomic_fetch_add_explicit(&stream->references, 1, memory_order_relaxed);
  return stream;
}

void celements_stream_unref(celements_stream *stream) {
  if(!stream || atomic_fetch_sub_explicit(&stream->references, 1, memory_order_acq_rel) != 1)
    return;
  ce__stream_file_close(stream);
  ce__free(stream->path);
  ce__free(stream->partial);
  ce__free(stream->data);
  ce__buf_drop(&stream->type);
  ce__buf_drop(&stream->head);
  ce__buf_drop(&stream->tail);
  pthread_mutex_destroy(&stream->lock);
  ce__free(stream);
}

void celements_stream_limit(celements_stream *stream, int64_t max) { stream->max = max; }

void celements_stream_watch(celements_stream *stream) { stream->watched = true; }

/* ---------------------------------------------------------------- the owner */

size_t celements_stream_push(celements_stream *stream, const char *data, size_t length) {
  size_t room;
  if(!stream->data)
    return 0;
  pthread_mutex_lock(&stream->lock);
  if(stream->start) {
    memmove(stream->data, stream->data + stream->start, stream->length);
    stream->start = 0;
  }
  room = CELEMENTS_STREAM_BUFFER - stream->length;
  if(length > room)
    length = room;
  memcpy(stream->data + stream->length, data, length);
  stream->length += length;
  pthread_mutex_unlock(&stream->lock);
  return length;
}

void celements_stream_end(celements_stream *stream) {
  pthread_mutex_lock(&stream->lock);
  stream->ended = true;
  pthread_mutex_unlock(&stream->lock);
}

/* The carrier only appends, and nothing moves before the skip. */
const char *celements_stream_peek(celements_stream *stream, size_t *length) {
  const char *data;
  pthread_mutex_lock(&stream->lock);
  *length = stream->data ? stream->length : 0;
  data = stream->data ? stream->data + stream->start : "";
  pthread_mutex_unlock(&stream->lock);
  return data;
}

void celements_stream_skip(celements_stream *stream, size_t length) {
  pthread_mutex_lock(&stream->lock);
  if(length > stream->length)
    length = stream->length;
  stream->start += length;
  stream->length -= length;
  if(!stream->length)
    stream->start = 0;
  pthread_mutex_unlock(&stream->lock);
}

int64_t celements_stream_moved(celements_stream *stream, int64_t *total) {
  int64_t moved;
  pthread_mutex_lock(&stream->lock);
  moved = stream->told = stream->moved;
  *total = stream->is_source ? stream->size : stream->total;
  pthread_mutex_unlock(&stream->lock);
  return moved;
}

/* ---------------------------------------------------------------- the carrier */

static celements_status give_up(celements_stream *stream, const char *why) {
  snprintf(stream->detail, sizeof stream->detail, "%s", why);
  return CELEMENTS_CLOSED;
}

static size_t copy_frame(const celements_buffer *frame, size_t *sent, char *into, size_t room) {
  size_t left = frame->length - *sent;
  if(left > room)
    left = room;
  if(left)
    memcpy(into, frame->data + *sent, left);
  *sent += left;
  return left;
}

/* The last byte of a size that was announced is not sent before the end: more might come, which
 * libcurl would never ask for. */
static celements_status take_from_pipe(celements_stream *stream, char *into, size_t room,
                                       size_t *taken) {
  size_t count = stream->length;
  *taken = 0;
  if(stream->size != CE__STREAM_UNKNOWN) {
    int64_t left = stream->size - stream->moved;
    if((int64_t)count > left)
      return give_up(stream, "the source gave more bytes than its size");
    if(stream->ended && (int64_t)count < left)
      return give_up(stream, "the source ended before its size was reached");
    if((int64_t)count == left && count && !stream->ended)
      count--;
  }
  if(!count && !stream->ended)
    return CELEMENTS_PENDING;
  if(count > room)
    count = room;
  if(count)
    memcpy(into, stream->data + stream->start, count);
  stream->start += count;
  stream->length -= count;
  stream->moved += (int64_t)count;
  *taken = count;
  return CELEMENTS_OK;
}

static celements_status take_from_file(celements_stream *stream, char *into, size_t room,
                                       size_t *taken) {
  int64_t count = ce__stream_file_read(stream, into, room);
  if(count < 0)
    return CELEMENTS_CLOSED;
  pthread_mutex_lock(&stream->lock);
  stream->moved += count;
  pthread_mutex_unlock(&stream->lock);
  *taken = (size_t)count;
  return CELEMENTS_OK;
}

static celements_status take_content(celements_stream *stream, char *into, size_t room,
                                     size_t *taken) {
  celements_status status;
  if(!stream->data)
    return take_from_file(stream, into, room, taken);
  pthread_mutex_lock(&stream->lock);
  status = take_from_pipe(stream, into, room, taken);
  pthread_mutex_unlock(&stream->lock);
  return status;
}

celements_status ce__stream_read(celements_stream *stream, char *into, size_t room, size_t *taken) {
  celements_status status;
  *taken = copy_frame(&stream->head, &stream->head_sent, into, room);
  if(*taken)
    return CELEMENTS_OK;
  status = take_content(stream, into, room, taken);
  if(!status && !*taken)
    *taken = copy_frame(&stream->tail, &stream->tail_sent, into, room);
  return status;
}

int64_t ce__stream_size(const celements_stream *stream) {
  return stream->size == CE__STREAM_UNKNOWN
             ? CE__STREAM_UNKNOWN
             : stream->size + (int64_t)(stream->head.length + stream->tail.length);
}

celements_status ce__stream_expect(celements_stream *stream, int64_t total) {
  if(total < 0)
    return CELEMENTS_OK;
  pthread_mutex_lock(&stream->lock);
  stream->total = total;
  pthread_mutex_unlock(&stream->lock);
  return total > stream->max ? CELEMENTS_TOO_BIG : CELEMENTS_OK;
}

static celements_status put_into_pipe(celements_stream *stream, const char *bytes, size_t length) {
  size_t end = stream->start + stream->length;
  if(length > CELEMENTS_STREAM_BUFFER - end)
    return stream->length ? CELEMENTS_PENDING : CELEMENTS_TOO_BIG;
  memcpy(stream->data + end, bytes, length);
  stream->length += length;
  stream->moved += (int64_t)length;
  return CELEMENTS_OK;
}

celements_status ce__stream_write(celements_stream *stream, const char *bytes, size_t length) {
  celements_status status = CELEMENTS_OK;
  if((int64_t)length > stream->max - stream->moved)
    return CELEMENTS_TOO_BIG;
  if(!stream->data && !ce__stream_file_write(stream, bytes, length))
    return CELEMENTS_CLOSED;
  pthread_mutex_lock(&stream->lock);
  if(stream->data)
    status = put_into_pipe(stream, bytes, length);
  else
    stream->moved += (int64_t)length;
  pthread_mutex_unlock(&stream->lock);
  return status;
}

bool ce__stream_is_ready(celements_stream *stream) {
  bool ready;
  pthread_mutex_lock(&stream->lock);
  ready = stream->watched && stream->moved - stream->told >= STEP;
  if(stream->data)
    ready = ready ||
            (stream->is_source ? !stream->ended && stream->length <= CELEMENTS_STREAM_BUFFER / 2
                               : stream->length > 0);
  pthread_mutex_unlock(&stream->lock);
  return ready;
}
