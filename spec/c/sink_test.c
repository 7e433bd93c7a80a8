/* Streamed bodies on their way down: into files and pipes. */
#include "stream.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void test_into_a_pipe(void) {
  celements_stream *stream = sink();
  celements_ticket ticket = begin("GET", "/body/1000003", stream);
  size_t length;
  size_t most = 0;
  size_t all = 0;
  int64_t total = 0;
  const char *data;
  while(!celements_engine_done(engine, ticket)) {
    do { /* as much as finds room, but for the rest */
      step(1);
      data = celements_stream_peek(stream, &length);
    } while(length <= CELEMENTS_STREAM_BUFFER / 2 && !celements_engine_done(engine, ticket));
    most = length > most ? length : most;
    all += length;
    CHECK(!length || (data[0] == 'b' && data[length - 1] == 'b'));
    celements_stream_skip(stream, length);
    celements_engine_resume(engine, ticket);
  }
  celements_stream_peek(stream, &length);
  CHECK_INT(all + length, 1000003);
  CHECK(most > CELEMENTS_STREAM_BUFFER / 2 && most <= CELEMENTS_STREAM_BUFFER);
  CHECK_INT(celements_stream_moved(stream, &total), 1000003);
  CHECK_INT(total, 1000003);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_NONE);
  celements_stream_unref(stream);
}

static void test_into_a_file(void) {
  celements_stream *stream = sink_file("down");
  struct stat facts;
  celements_response *response =
      call_finish(engine, begin("GET", "/chunks", celements_stream_ref(stream)));
  size_t length;
  celements_stream_unref(stream);
  celements_response_body(response, &length);
  CHECK_INT(length, 0);
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
  CHECK(stat(in_folder("down"), &facts) != 0);
  CHECK_INT(celements_stream_commit(stream), CELEMENTS_OK);
  CHECK_INT(celements_stream_commit(stream), CELEMENTS_CLOSED);
  celements_stream_unref(stream);
  check_file("down", "[1,2]");
  CHECK(stat(in_folder("down"), &facts) == 0 && (facts.st_mode & 0777) == 0600);
  CHECK_INT(clear_folder(), 1);
}

static void test_a_name_that_is_taken(void) {
  celements_stream *stream = sink_file("down");
  REQUIRE(mkdir(in_folder("down"), 0700) == 0);
  CHECK_INT(celements_stream_commit(stream), CELEMENTS_SYSTEM);
  celements_stream_unref(stream);
  REQUIRE(rmdir(in_folder("down")) == 0);
  CHECK_INT(clear_folder(), 0);
}

/* A child of fork() removes what it has begun itself, and leaves the parent's alone. */
static void test_a_child(void) {
  celements_stream *stream = sink_file("down");
  int status;
  pid_t child = fork();
  REQUIRE(child >= 0);
  if(child == 0) {
    celements_stream_unref(stream);
    celements_stream_unref(sink_file("own"));
    _exit(clear_folder() == 1 ? 0 : 1);
  }
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK_INT(status, 0);
  celements_stream_unref(stream);
  CHECK_INT(clear_folder(), 0);
}

static void test_nothing_stays_behind(void) {
  static const struct {
    const char *path;
    celements_kind kind;
  } cases[] = {{"/short", CELEMENTS_KIND_RESPONSE},    {"/shortchunks", CELEMENTS_KIND_RESPONSE},
               {"/drop", CELEMENTS_KIND_NETWORK},      {"/status/404", CELEMENTS_KIND_NOT_FOUND},
               {"/redirect", CELEMENTS_KIND_RESPONSE}, {"/ok", CELEMENTS_KIND_NONE}};
  size_t i;
  for(i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    celements_stream *stream = sink_file("down");
    file_of("down", "before", 6);
    CHECK_INT(call_kind(call_finish(engine, begin("GET", cases[i].path, stream))), cases[i].kind);
    check_file("down", "before");
    if(cases[i].kind) /* though somebody still holds the stream */
      CHECK_INT(clear_folder(), 1);
    celements_stream_unref(stream);
    CHECK_INT(clear_folder(), cases[i].kind ? 0 : 1);
  }
}

static void test_an_error_is_no_content(void) {
  celements_stream *stream = sink();
  celements_response *response;
  size_t length;
  response = call_finish(engine, begin("GET", "/status/404", stream));
  CHECK(call_body_is(response, "{}"));
  celements_stream_peek(stream, &length);
  CHECK_INT(length, 0);
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NOT_FOUND);
  celements_stream_unref(stream);
}

static void test_limits(void) {
  celements_stream *stream = sink_file("down");
  celements_stream_limit(stream, 1000);
  CHECK_INT(call_kind(run("GET", "/body/1000", stream)), CELEMENTS_KIND_NONE);
  stream = sink_file("down");
  celements_stream_limit(stream, 999);
  check_failure(run("GET", "/body/1000", stream), CELEMENTS_KIND_RESPONSE,
                "over the limit of 999 bytes");
  stream = sink();
  celements_stream_limit(stream, 4); /* of an answer that does not say how long it is */
  check_failure(run("GET", "/chunks", stream), CELEMENTS_KIND_RESPONSE,
                "over the limit of 4 bytes");
  CHECK_INT(clear_folder(), 0);
}

static void test_a_full_disk(void) {
  struct rlimit before;
  struct rlimit small;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  small = before;
  small.rlim_cur = 10000;
  signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  check_failure(run("GET", "/body/100000", sink_file("down")), CELEMENTS_KIND_CANCELLED,
                "the file could not be written: File too large");
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK_INT(clear_folder(), 0);
}

int main(void) {
  stream_start();
  test_into_a_pipe();
  test_into_a_file();
  test_a_name_that_is_taken();
  test_a_child();
  test_nothing_stays_behind();
  test_an_error_is_no_content();
  test_limits();
  test_a_full_disk();
  return stream_stop("sink");
}
