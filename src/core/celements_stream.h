/* The part of celements.h about streamed bodies. Include celements.h. */
#ifndef CELEMENTS_STREAM_H
#define CELEMENTS_STREAM_H

#include "celements.h"

#pragma GCC visibility push(hidden)

/*
 * A body that is never in memory as a whole: the source of a request's, or the sink of an answer's.
 * It is a file, which is read or written as the bytes pass, or a pipe: a buffer that its owner
 * fills or empties while the call goes on, and which holds the call up when it is empty or full.
 * Counted: the call holds it, too. The owner's thread may use it while another carries the call. A
 * stream serves one call.
 */

/* What a pipe holds at most, in bytes. */
#define CELEMENTS_STREAM_BUFFER ((size_t)256 * 1024)

/* A file to be sent. SYSTEM (see errno), or NOT_A_FILE. */
celements_status celements_source_file(celements_stream **out, const char *path);
/* A pipe to be sent; `size` is all that will come, -1 if nobody knows. */
celements_status celements_source(celements_stream **out, int64_t size);
/* A file to be made of an answer. It is written beside `path` until it is committed; if it never
 * is, nothing stays behind. SYSTEM (see errno), or NOT_A_FILE. */
celements_status celements_sink_file(celements_stream **out, const char *path);
celements_status celements_sink(celements_stream **out);
celements_stream *celements_stream_ref(celements_stream *stream);
void celements_stream_unref(celements_stream *stream);

/* The Content-Type of a source that is sent as it is; default application/octet-stream. */
celements_status celements_source_type(celements_stream *stream, const char *type, size_t length);
/* Makes a source a multipart form: first its other fields, then the one that holds the content. */
celements_status celements_source_field(celements_stream *stream, const char *name,
                                        size_t name_length, const char *value, size_t value_length);
celements_status celements_source_form(celements_stream *stream, const char *name,
                                       size_t name_length, const char *file, size_t file_length,
                                       const char *type, size_t type_length);
/* How many bytes a sink takes. */
void celements_stream_limit(celements_stream *stream, int64_t max);
/* Makes the call stir now and then, so that its owner can see how it goes. */
void celements_stream_watch(celements_stream *stream);

/* Puts bytes into a source; returns how many found room. */
size_t celements_stream_push(celements_stream *stream, const char *data, size_t length);
/* No more will come. */
void celements_stream_end(celements_stream *stream);
/* What is in a sink, valid until it is skipped. */
const char *celements_stream_peek(celements_stream *stream, size_t *length);
void celements_stream_skip(celements_stream *stream, size_t length);
/* Bytes of the content that have passed, and how many there will be, -1 if nobody knows. */
int64_t celements_stream_moved(celements_stream *stream, int64_t *total);
/* Gives a sink's file its name, when its call has succeeded. SYSTEM (see errno). */
celements_status celements_stream_commit(celements_stream *stream);

#pragma GCC visibility pop

#endif
