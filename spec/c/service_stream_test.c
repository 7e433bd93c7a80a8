/* Streams of a service's jobs: carried by its thread, filled and emptied by the owner's. */
#include "call.h"

#include <sys/un.h>

static struct server server;
static celements_target *target;
static celements_service *service;
static int door;

static void visit(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  door = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(door >= 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", celements_service_path(service));
  REQUIRE(connect(door, (struct sockaddr *)&address, sizeof address) == 0);
}

static celements_job *start(const char *method, const char *path, celements_stream *stream) {
  celements_job *job = NULL;
  celements_request *request;
  REQUIRE_INT(celements_service_job(service, &job), CELEMENTS_OK);
  request = celements_job_request(job);
  REQUIRE_INT(celements_request_start(request, target, method, path, strlen(path)), CELEMENTS_OK);
  REQUIRE_INT(celements_request_stream(request, stream), CELEMENTS_OK);
  celements_request_limits(request, CALL_TIMEOUT_MS, 0, 1 << 20);
  REQUIRE_INT(celements_job_start(job, NULL, 0), CELEMENTS_OK);
  return job;
}

/* Waits at the door until a job is named. */
static celements_job *next(void) {
  celements_job *job;
  char byte;
  while(!(job = celements_service_next_done(service)))
    REQUIRE(recv(door, &byte, 1, 0) == 1);
  return job;
}

static void check_end(celements_job *job, celements_kind kind) {
  celements_response *response = NULL;
  REQUIRE_INT(celements_job_take(job, &response), CELEMENTS_OK);
  CHECK_INT(call_kind(response), kind);
  celements_job_release(job);
}

static celements_stream *source(int64_t size) {
  celements_stream *stream = NULL;
  REQUIRE_INT(celements_source(&stream, size), CELEMENTS_OK);
  return stream;
}

static celements_stream *sink(void) {
  celements_stream *stream = NULL;
  REQUIRE_INT(celements_sink(&stream), CELEMENTS_OK);
  return stream;
}

static void test_up(void) {
  static const char piece[] = "0123456789";
  celements_stream *stream = source(500000);
  celements_job *job = start("POST", "/sum", stream);
  celements_response *response = NULL;
  size_t pushed = 0;
  while(pushed < 500000) {
    CHECK(next() == job);
    CHECK(!celements_job_is_done(job));
    for(;;) {
      size_t at = pushed % 10;
      size_t taken = pushed < 500000 ? celements_stream_push(stream, piece + at, 10 - at) : 0;
      if(!taken)
        break;
      pushed += taken;
    }
    if(pushed == 500000)
      celements_stream_end(stream);
    celements_job_resume(job);
  }
  while(!celements_job_is_done(job))
    CHECK(next() == job);
  REQUIRE_INT(celements_job_take(job, &response), CELEMENTS_OK);
  CHECK_HOLDS(call_text(response), "[500000,");
  CHECK_INT(call_kind(response), CELEMENTS_KIND_NONE);
  celements_job_release(job);
  celements_stream_unref(stream);
}

static void test_down(void) {
  celements_stream *stream = sink();
  celements_job *job = start("GET", "/body/3000001", stream);
  size_t length;
  size_t all = 0;
  bool done = false;
  while(!done) {
    CHECK(next() == job);
    done = celements_job_is_done(job);
    for(;;) {
      const char *data = celements_stream_peek(stream, &length);
      if(!length)
        break;
      CHECK(data[0] == 'b' && data[length - 1] == 'b');
      celements_stream_skip(stream, length);
      all += length;
    }
    celements_job_resume(job);
  }
  CHECK_INT(all, 3000001);
  check_end(job, CELEMENTS_KIND_NONE);
  celements_stream_unref(stream);
}

/* A file needs nothing of the owner's. */
static void test_a_file(void) {
  char path[] = "/tmp/celements-service-XXXXXX";
  int fd = mkstemp(path);
  celements_stream *stream = NULL;
  celements_job *job;
  REQUIRE(fd >= 0);
  REQUIRE_INT(celements_sink_file(&stream, path), CELEMENTS_OK);
  job = start("GET", "/body/3000000", stream);
  CHECK(next() == job);
  CHECK(celements_job_is_done(job));
  check_end(job, CELEMENTS_KIND_NONE);
  CHECK_INT(celements_stream_commit(stream), CELEMENTS_OK);
  celements_stream_unref(stream);
  close(fd);
  fd = open(path, O_RDONLY);
  CHECK_INT(lseek(fd, 0, SEEK_END), 3000000);
  close(fd);
  unlink(path);
}

static void until_idle(void) {
  while(celements_service_in_flight(service))
    usleep(1000);
}

static void test_ended(void) {
  celements_stream *stream = sink();
  celements_job *job = start("GET", "/body/3000000", stream);
  CHECK(next() == job);
  celements_job_cancel(job);
  while(!celements_job_is_done(job))
    CHECK(next() == job);
  celements_job_resume(job);
  check_end(job, CELEMENTS_KIND_CANCELLED);
  celements_stream_unref(stream);

  /* Let go while it is to be named, and after that. */
  stream = source(-1);
  job = start("POST", "/echo", stream);
  usleep(20000);
  celements_job_release(job);
  until_idle();
  CHECK(!celements_service_next_done(service));
  job = start("POST", "/echo", stream);
  CHECK(next() == job);
  celements_job_release(job);
  until_idle();
  CHECK(!celements_service_next_done(service));
  celements_stream_unref(stream);

  stream = sink(); /* the same job, used again */
  job = start("GET", "/body/10", stream);
  while(!celements_job_is_done(job))
    CHECK(next() == job);
  check_end(job, CELEMENTS_KIND_NONE);
  celements_stream_unref(stream);
}

int main(void) {
  celements_stream *left;
  server_start(&server);
  target = call_target_at(server.port);
  REQUIRE_INT(celements_service_new(&service), CELEMENTS_OK);
  visit();
  test_up();
  test_down();
  test_a_file();
  test_ended();
  left = source(-1);
  start("POST", "/echo", left);
  CHECK(next() != NULL);
  close(door);
  celements_service_free(service);
  celements_stream_unref(left);
  celements_target_unref(target);
  server_stop(&server);
  return check_done("service_stream");
}
