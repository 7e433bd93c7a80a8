/* Streams that are held up, ended, watched and named; and what comes after them. */
#include "stream.h"

#include <sys/wait.h>

static celements_ticket paused_upload(celements_stream *stream) {
  celements_ticket ticket = begin("POST", "/echo", stream);
  step(10);
  CHECK(celements_engine_stirs(engine, ticket));
  return ticket;
}

static celements_ticket paused_download(celements_stream *stream) {
  celements_ticket ticket = begin("GET", "/body/1000000", stream);
  size_t before;
  size_t length = 0;
  CHECK(until_it_stirs(ticket));
  do {
    before = length;
    step(10);
    celements_stream_peek(stream, &length);
  } while(length != before);
  CHECK(celements_engine_stirs(engine, ticket));
  return ticket;
}

static void test_cancelled_while_paused(void) {
  celements_stream *up = pipe_of(100);
  celements_stream *down = sink();
  celements_ticket ticket = paused_upload(up);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  celements_engine_resume(engine, ticket);
  CHECK(!celements_engine_stirs(engine, ticket));
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_CANCELLED);
  celements_engine_resume(engine, ticket);
  ticket = paused_download(down);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CLOSED);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_CLOSED);
  celements_stream_unref(up);
  celements_stream_unref(down);
}

/* Nothing but the clock ends it. */
static void test_a_deadline_while_paused(void) {
  celements_stream *up = pipe_of(-1);
  celements_stream *down = sink();
  CHECK_INT(call_kind(call_finish(engine, begin_for("POST", "/echo", up, 100))),
            CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(call_kind(call_finish(engine, begin_for("GET", "/body/1000000", down, 100))),
            CELEMENTS_KIND_TIMEOUT);
  celements_stream_unref(up);
  celements_stream_unref(down);
}

/* A call that stirs is named among those that are done, once until it is resumed. */
static void test_names(void) {
  celements_stream *stream = pipe_of(-1);
  celements_ticket ticket = begin("POST", "/echo", stream);
  step(10);
  CHECK_INT(celements_engine_next_done(engine), ticket);
  CHECK_INT(celements_engine_next_done(engine), 0);
  CHECK(!celements_engine_done(engine, ticket));
  celements_stream_push(stream, "abc", 3);
  celements_engine_resume(engine, ticket);
  step(10);
  CHECK_INT(celements_engine_next_done(engine), ticket);
  celements_stream_end(stream);
  celements_engine_resume(engine, ticket);
  while(!celements_engine_done(engine, ticket))
    step(1);
  CHECK_INT(celements_engine_next_done(engine), ticket);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_NONE);
  celements_stream_unref(stream);
}

static void test_a_file_that_is_watched(void) {
  celements_stream *stream = sink_file("down");
  celements_ticket ticket;
  int64_t moved = 0;
  int64_t total = 0;
  int looks = 0;
  celements_stream_watch(stream);
  ticket = begin("GET", "/body/50000000", stream);
  while(until_it_stirs(ticket)) {
    int64_t now = celements_stream_moved(stream, &total);
    CHECK(now >= moved + (1 << 20) && total == 50000000);
    moved = now;
    looks++;
    celements_engine_resume(engine, ticket);
  }
  CHECK(looks >= 1 && looks <= 47);
  CHECK_INT(celements_stream_moved(stream, &total), 50000000);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_NONE);
  celements_stream_unref(stream);
  CHECK_INT(clear_folder(), 0);
}

/* The handle that carried a stream is used for other calls. */
static void test_calls_after_it(void) {
  celements_response *response;
  CHECK_INT(call_kind(run("PATCH", "/ok", source_of("some text"))), CELEMENTS_KIND_NONE);
  response = call_run(engine, target, (struct call){.method = "GET", .path = "/echo"});
  CHECK_HOLDS(call_text(response), "GET /echo HTTP/1.1\r\n");
  CHECK(!strstr(call_text(response), "Content-"));
  celements_response_free(response);
  CHECK_INT(call_kind(run("GET", "/ok", sink())), CELEMENTS_KIND_NONE);
  response = call_run(engine, target, (struct call){.method = "GET", .path = "/ok"});
  CHECK(call_body_is(response, "{}"));
  celements_response_free(response);
}

/* A kept connection that breaks under an upload does not make libcurl send it again. */
static void test_never_twice(void) {
  int before;
  CHECK_INT(call_get(engine, target, "/second"), CELEMENTS_KIND_NONE);
  before = atomic_load(&server.requests);
  CHECK_INT(call_kind(run("PUT", "/second", source_of("some text"))), CELEMENTS_KIND_NETWORK);
  CHECK_INT(atomic_load(&server.requests), before + 1);
}

/* What a child of fork() lets go of is still its parent's. */
static void test_a_fork(void) {
  celements_stream *stream = sink_file("down");
  celements_ticket ticket = begin("GET", "/drip", stream);
  int status = 1;
  pid_t child;
  unlink(in_folder("up"));
  call_until_holding(engine, &server, 1);
  child = fork();
  if(child == 0) {
    celements_engine_free(engine);
    celements_stream_unref(stream);
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  server_open_gate(&server);
  CHECK_INT(call_kind(call_finish(engine, ticket)), CELEMENTS_KIND_NONE);
  server_close_gate(&server);
  CHECK_INT(celements_stream_commit(stream), CELEMENTS_OK);
  celements_stream_unref(stream);
  check_file("down", "halffull");
  CHECK_INT(clear_folder(), 1);
}

int main(void) {
  celements_stream *left[2];
  stream_start();
  test_cancelled_while_paused();
  test_a_deadline_while_paused();
  test_names();
  test_a_file_that_is_watched();
  test_calls_after_it();
  test_never_twice();
  test_a_fork();
  left[0] = pipe_of(-1);
  left[1] = sink_file("down");
  paused_upload(left[0]);
  begin("GET", "/drip", left[1]);
  step(10);
  celements_engine_free(engine);
  engine = NULL;
  celements_stream_unref(left[0]);
  celements_stream_unref(left[1]);
  return stream_stop("stream");
}
