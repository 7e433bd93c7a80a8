/* A stream's inside, for the transfer that carries it. */
#ifndef CE_STREAM_H
#define CE_STREAM_H

#include "ce_buf.h"

#include <pthread.h>
#include <stdatomic.h>

#pragma GCC visibility push(hidden)

#define CE__STREAM_UNKNOWN ((int64_t)-1)

struct celements_stream {
  atomic_uint references;
  bool is_source;
  /* Not changed any more once a call was submitted with it. */
  int fd;         /* -1 for a pipe */
  char *path;     /* of a sink; NULL for a pipe */
  char *partial;  /* where its bytes are until they are complete; NULL when there is no such file */
  unsigned forks; /* the partial file belongs to the process that made it */
  int64_t size;   /* of a source's content */
  int64_t max;    /* of a sink's content */
  bool watched;   /* the owner asked to be told how it goes */
  celements_buffer type; /* the Content-Type line of a source, with a final NUL */
  celements_buffer head; /* what is sent before the content, and after it */
  celements_buffer tail;
  char boundary[48]; /* "" for what is no form */
  /* The carrier's. */
  size_t head_sent;
  size_t tail_sent;
  char detail[160];     /* why the stream ended the call, or "" */
  pthread_mutex_t lock; /* of what follows */
  char *data;           /* of a pipe */
  size_t start;
  size_t length;
  bool ended;
  int64_t moved; /* bytes of the content */
  int64_t told;  /* of which the owner knows */
  int64_t total; /* as the answer's head says, of a sink */
};

/* ce_stream.c: for the files that make streams. */
celements_status ce__stream_new(celements_stream **out, bool is_source);

/* ce_stream_file.c */

/* Reads at most `room` bytes of the file, which must not have changed; returns how many, or -1 with
 * `detail` set. */
int64_t ce__stream_file_read(celements_stream *stream, char *into, size_t room);
bool ce__stream_file_write(celements_stream *stream, const char *bytes, size_t length);
/* Closes the file; a partial one goes. Not left to the last who lets go of the stream: Lua may take
 * its time. */
void ce__stream_file_close(celements_stream *stream);

/* For the carrier. */

/* How many bytes the whole body has, head and tail included; CE__STREAM_UNKNOWN for what only its
 * end will tell. */
int64_t ce__stream_size(const celements_stream *stream);
/* Takes bytes out of a source: OK with `*taken` 0 at its end, PENDING when there are none yet,
 * CLOSED when it cannot go on; then `detail` says why. */
celements_status ce__stream_read(celements_stream *stream, char *into, size_t room, size_t *taken);
/* What the answer's head says of its length. TOO_BIG if that is over the limit. */
celements_status ce__stream_expect(celements_stream *stream, int64_t total);
/* Puts bytes into a sink, all or none: PENDING when there is no room for them yet; TOO_BIG; CLOSED
 * as above. */
celements_status ce__stream_write(celements_stream *stream, const char *bytes, size_t length);
/* True when the owner has something to do. */
bool ce__stream_is_ready(celements_stream *stream);

#pragma GCC visibility pop

#endif
