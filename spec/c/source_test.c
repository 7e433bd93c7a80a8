/* Streamed bodies on their way up: from files and pipes, as they are and as forms. */
#include "stream.h"

static void test_a_file_as_it_is(void) {
  celements_response *response = run("PUT", "/echo", source_of("some text"));
  const char *text = call_text(response);
  CHECK_HOLDS(text, "PUT /echo HTTP/1.1\r\n");
  CHECK_HOLDS(text, "\r\nContent-Length: 9\r\n");
  CHECK_HOLDS(text, "\r\nContent-Type: application/octet-stream\r\n");
  CHECK_HOLDS(text, "\r\nAuthorization: User user, Organization organization, Element token\r\n");
  CHECK_HOLDS(text, "\r\n\r\nsome text");
  CHECK(!strstr(text, "Expect:"));
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
}

static void test_a_form(void) {
  celements_stream *stream = source_of("some text");
  celements_response *response;
  const char *body;
  char boundary[60];
  char wanted[600];
  REQUIRE_INT(celements_source_field(stream, "pa\"th", 5, "/a\r\nb", 5), CELEMENTS_OK);
  REQUIRE_INT(celements_source_form(stream, "file", 4, "a\r\"b.txt", 8, "text/plain", 10),
              CELEMENTS_OK);
  CHECK_INT(celements_source_form(stream, "x", 1, "y", 1, "text\r\nX: y", 10),
            CELEMENTS_BAD_HEADER_VALUE);
  response = run("POST", "/echo", stream);
  body = strstr(call_text(response), "\r\n\r\n") + 4;
  REQUIRE(sscanf(body, "--%59[-a-z0-9]", boundary) == 1);
  snprintf(wanted, sizeof wanted,
           "--%s\r\nContent-Disposition: form-data; name=\"pa%%22th\"\r\n\r\n/a\r\nb\r\n"
           "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%%0D%%22b.txt\"\r\n"
           "Content-Type: text/plain\r\n\r\nsome text\r\n--%s--\r\n",
           boundary, boundary, boundary);
  CHECK_TEXT(body, wanted);
  snprintf(wanted, sizeof wanted, "\r\nContent-Type: multipart/form-data; boundary=%s\r\n",
           boundary);
  CHECK_HOLDS(call_text(response), wanted);
  CHECK_HOLDS(call_text(response), "POST /echo HTTP/1.1\r\n");
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
}

static void test_the_type_of_a_form_is_its_own(void) {
  celements_stream *stream = source_of("x");
  celements_request *request = NULL;
  REQUIRE_INT(celements_source_form(stream, "a", 1, "b", 1, "text/plain", 10), CELEMENTS_OK);
  REQUIRE_INT(celements_request_new(&request), CELEMENTS_OK);
  REQUIRE_INT(celements_request_start(request, target, "POST", "/ok", 3), CELEMENTS_OK);
  REQUIRE_INT(celements_request_header(request, "content-type", 12, "a/b", 3), CELEMENTS_OK);
  CHECK_INT(celements_request_stream(request, stream), CELEMENTS_RESERVED_HEADER);
  celements_request_free(request);
  celements_stream_unref(stream);
}

static void test_large_files(void) {
  const size_t length = 3 * 1024 * 1024 + 7;
  char *text = letters(length);
  celements_stream *stream = NULL;
  celements_response *response;
  REQUIRE_INT(celements_source_file(&stream, file_of("up", text, length)), CELEMENTS_OK);
  response = run("POST", "/sum", stream);
  check_sum(response, text, length);
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
  stream = source_of("");
  response = run("POST", "/sum", stream);
  CHECK(call_body_is(response, "[0,0]"));
  celements_response_free(response);
  free(text);
}

/* Pieces of any size, and a call that waits whenever there are none. */
static void push_all(const char *text, size_t length, size_t piece, int64_t size,
                     const char *path) {
  celements_stream *stream = pipe_of(size);
  celements_ticket ticket = begin("POST", path, stream);
  celements_response *response;
  size_t pushed = 0;
  bool ended = false;
  while(until_it_stirs(ticket)) {
    size_t count = length - pushed < piece ? length - pushed : piece;
    if(!count) {
      CHECK(!ended);
      celements_stream_end(stream);
      ended = true;
    }
    while(count) {
      size_t taken = celements_stream_push(stream, text + pushed, count);
      pushed += taken;
      count = taken ? count - taken : 0;
    }
    celements_engine_resume(engine, ticket);
    if(size < 0)
      step(3); /* so that it waits for every piece */
  }
  response = call_finish(engine, ticket);
  if(strcmp(path, "/sum") == 0) {
    check_sum(response, text, length);
  } else {
    const char *body = call_text(response);
    CHECK_HOLDS(body, "\r\nTransfer-Encoding: chunked\r\n");
    CHECK_HOLDS(body, "\r\n\r\n5\r\nabcde\r\n");
    CHECK_HOLDS(body, "\r\n0\r\n\r\n");
  }
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
  celements_stream_unref(stream);
}

static void test_pipes(void) {
  const size_t length = 1000000;
  char *text = letters(length);
  push_all(text, length, 1 << 20, (int64_t)length, "/sum");
  push_all(text, length, 999, (int64_t)length, "/sum");
  push_all(text, 1, 1, 1, "/sum");
  push_all(text, 0, 1, 0, "/sum");
  push_all(text, 50, 5, -1, "/echo");
  CHECK_INT(celements_engine_in_flight(engine), 0);
  free(text);
}

static void test_a_pipe_is_bounded(void) {
  char *text = letters(2 * CELEMENTS_STREAM_BUFFER);
  celements_stream *stream = pipe_of(-1);
  CHECK_INT(celements_stream_push(stream, text, 2 * CELEMENTS_STREAM_BUFFER),
            CELEMENTS_STREAM_BUFFER);
  CHECK_INT(celements_stream_push(stream, text, 1), 0);
  celements_stream_unref(stream);
  free(text);
}

static void test_wrong_sizes(void) {
  celements_stream *stream = pipe_of(3);
  CHECK_INT(celements_stream_push(stream, "four", 4), 4);
  check_failure(run("POST", "/echo", stream), CELEMENTS_KIND_CANCELLED, "more bytes than its size");
  stream = pipe_of(5);
  CHECK_INT(celements_stream_push(stream, "four", 4), 4);
  celements_stream_end(stream);
  check_failure(run("POST", "/echo", stream), CELEMENTS_KIND_CANCELLED, "before its size");
}

static void test_files_that_change(void) {
  celements_stream *stream = source_of("some text");
  int before = atomic_load(&server.requests);
  file_of("up", "some", 4);
  check_failure(run("POST", "/echo", stream), CELEMENTS_KIND_CANCELLED, "became shorter");
  stream = source_of("some text");
  file_of("up", "some text and more", 18);
  check_failure(run("POST", "/echo", stream), CELEMENTS_KIND_CANCELLED, "changed its size");
  CHECK_INT(atomic_load(&server.requests), before); /* none had an end */
}

static void test_no_files(void) {
  celements_stream *stream = NULL;
  CHECK_INT(celements_source_file(&stream, in_folder("none")), CELEMENTS_SYSTEM);
  CHECK_INT(errno, ENOENT);
  CHECK_INT(celements_source_file(&stream, folder), CELEMENTS_NOT_A_FILE);
  CHECK_INT(celements_source_file(&stream, "/dev/null"), CELEMENTS_NOT_A_FILE);
  CHECK_INT(celements_sink_file(&stream, in_folder("none/file")), CELEMENTS_SYSTEM);
  CHECK_INT(errno, ENOENT);
  CHECK_INT(celements_sink_file(&stream, folder), CELEMENTS_NOT_A_FILE);
  CHECK_INT(celements_sink_file(&stream, "/dev/null"), CELEMENTS_NOT_A_FILE);
  CHECK(!stream);
}

int main(void) {
  stream_start();
  test_a_file_as_it_is();
  test_a_form();
  test_the_type_of_a_form_is_its_own();
  test_large_files();
  test_pipes();
  test_a_pipe_is_bounded();
  test_wrong_sizes();
  test_files_that_change();
  test_no_files();
  return stream_stop("source");
}
