/* What the tests of streams share: a folder of files, sources and sinks, calls that carry them. */
#ifndef STREAM_H
#define STREAM_H

#include "call.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static struct server server;
static celements_target *target;
static celements_engine *engine;
static char folder[] = "/tmp/celements-stream-XXXXXX";

/* ---------------------------------------------------------------- files */

static inline const char *in_folder(const char *name) {
  static char path[300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

static inline const char *file_of(const char *name, const char *text, size_t length) {
  const char *path = in_folder(name);
  FILE *file = fopen(path, "w");
  REQUIRE(file && fwrite(text, 1, length, file) == length && fclose(file) == 0);
  return path;
}

static inline void check_file(const char *name, const char *wanted) {
  char text[100] = "";
  FILE *file = fopen(in_folder(name), "r");
  if(!CHECK(file != NULL))
    return;
  CHECK_BYTES(text, fread(text, 1, sizeof text, file), wanted);
  fclose(file);
}

/* How many files there are; all are removed. */
static inline int clear_folder(void) {
  DIR *dir = opendir(folder);
  const struct dirent *entry;
  int count = 0;
  REQUIRE(dir != NULL);
  while((entry = readdir(dir))) {
    if(*entry->d_name != '.') {
      unlink(in_folder(entry->d_name));
      count++;
    }
  }
  closedir(dir);
  return count;
}

static inline char *letters(size_t length) {
  char *text = malloc(length + 1);
  size_t i;
  REQUIRE(text != NULL);
  for(i = 0; i < length; i++)
    text[i] = (char)('a' + i % 23);
  text[length] = '\0';
  return text;
}

static inline void check_sum(const celements_response *response, const char *text, size_t length) {
  char wanted[60];
  unsigned long sum = 0;
  size_t i;
  for(i = 0; i < length; i++)
    sum = sum * 31 + (unsigned char)text[i];
  snprintf(wanted, sizeof wanted, "[%zu,%lu]", length, sum);
  CHECK(call_body_is(response, wanted));
}

/* ---------------------------------------------------------------- calls */

static inline celements_ticket begin_for(const char *method, const char *path,
                                         celements_stream *stream, long timeout_ms) {
  celements_request *request = NULL;
  celements_ticket ticket = 0;
  REQUIRE_INT(celements_request_new(&request), CELEMENTS_OK);
  REQUIRE_INT(celements_request_start(request, target, method, path, strlen(path)), CELEMENTS_OK);
  REQUIRE_INT(celements_request_stream(request, stream), CELEMENTS_OK);
  celements_request_limits(request, timeout_ms, 0, 1 << 20);
  REQUIRE_INT(celements_engine_submit(engine, request, &ticket), CELEMENTS_OK);
  celements_request_free(request);
  return ticket;
}

static inline celements_ticket begin(const char *method, const char *path,
                                     celements_stream *stream) {
  return begin_for(method, path, stream, CALL_TIMEOUT_MS);
}

static inline celements_response *run(const char *method, const char *path,
                                      celements_stream *stream) {
  celements_response *response = call_finish(engine, begin(method, path, stream));
  celements_stream_unref(stream);
  return response;
}

static inline celements_stream *source_of(const char *text) {
  celements_stream *stream = NULL;
  REQUIRE_INT(celements_source_file(&stream, file_of("up", text, strlen(text))), CELEMENTS_OK);
  return stream;
}

static inline celements_stream *pipe_of(int64_t size) {
  celements_stream *stream = NULL;
  REQUIRE_INT(celements_source(&stream, size), CELEMENTS_OK);
  return stream;
}

static inline celements_stream *sink(void) {
  celements_stream *stream = NULL;
  REQUIRE_INT(celements_sink(&stream), CELEMENTS_OK);
  return stream;
}

static inline celements_stream *sink_file(const char *name) {
  celements_stream *stream = NULL;
  REQUIRE_INT(celements_sink_file(&stream, in_folder(name)), CELEMENTS_OK);
  return stream;
}

static inline void step(int count) {
  while(count--)
    REQUIRE_INT(celements_engine_step(engine, 5), CELEMENTS_OK);
}

/* Until its owner has something to do, or it is done. */
static inline bool until_it_stirs(celements_ticket ticket) {
  while(!celements_engine_done(engine, ticket) && !celements_engine_stirs(engine, ticket))
    REQUIRE_INT(celements_engine_step(engine, -1), CELEMENTS_OK);
  return !celements_engine_done(engine, ticket);
}

static inline void check_failure(celements_response *response, celements_kind kind,
                                 const char *detail) {
  CHECK_HOLDS(celements_response_detail(response), detail);
  CHECK_INT(call_kind(response), kind);
}

static inline void stream_start(void) {
  server_start(&server);
  REQUIRE(mkdtemp(folder) != NULL);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
}

static inline int stream_stop(const char *name) {
  celements_engine_free(engine);
  clear_folder();
  CHECK(rmdir(folder) == 0);
  celements_target_unref(target);
  server_stop(&server);
  return check_done(name);
}

#endif
