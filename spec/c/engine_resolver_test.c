/* A name server that does not answer: neither a call's deadline nor closing waits for it. */
#include "call.h"

#include <dirent.h>
#include <netdb.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool blocked;
static int inside;

/* In place of the C library's, for libcurl too. */
__attribute__((visibility("default"))) int getaddrinfo(const char *node, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **found) {
  (void)node;
  (void)service;
  (void)hints;
  (void)found;
  pthread_mutex_lock(&lock);
  inside++;
  pthread_cond_broadcast(&changed);
  while(blocked)
    pthread_cond_wait(&changed, &lock);
  inside--;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return EAI_FAIL;
}

static int now_inside(void) {
  int count;
  pthread_mutex_lock(&lock);
  count = inside;
  pthread_mutex_unlock(&lock);
  return count;
}

static void block(bool on) {
  pthread_mutex_lock(&lock);
  blocked = on;
  pthread_cond_broadcast(&changed);
  while(!on && inside)
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

static celements_engine *engine;
static celements_target *target;

static celements_ticket submit(long timeout_ms, long connect_timeout_ms) {
  return call_submit(engine, target,
                     (struct call){.method = "POST",
                                   .path = "/",
                                   .timeout_ms = timeout_ms,
                                   .connect_timeout_ms = connect_timeout_ms});
}

static void check_unsent(celements_response *response, celements_kind kind) {
  CHECK(!celements_response_outcome(response).sent);
  CHECK_INT(celements_response_outcome(response).status, 0);
  CHECK_INT(call_kind(response), kind);
}

static void wait_until_inside(int count) {
  while(now_inside() != count)
    REQUIRE_INT(celements_engine_step(engine, 5), CELEMENTS_OK);
}

static int threads(void) {
  DIR *directory = opendir("/proc/self/task");
  int count = 0;
  while(directory && readdir(directory))
    count++;
  closedir(directory);
  return count;
}

int main(void) {
  const int threads_before = threads();
  celements_ticket ticket;
  int i;
  alarm(120);
  REQUIRE_INT(celements_engine_new(&engine), CELEMENTS_OK);
  target = call_target("http://name.test");
  check_unsent(call_finish(engine, submit(0, 0)), CELEMENTS_KIND_NETWORK);
  block(true);
  ticket = submit(100, 0);
  wait_until_inside(1);
  check_unsent(call_finish(engine, ticket), CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(now_inside(), 1);
  ticket = submit(0, 100);
  wait_until_inside(2);
  check_unsent(call_finish(engine, ticket), CELEMENTS_KIND_TIMEOUT);
  CHECK_INT(now_inside(), 2);
  ticket = submit(0, 0);
  wait_until_inside(3);
  celements_engine_cancel(engine, ticket, CELEMENTS_KIND_CANCELLED);
  check_unsent(call_finish(engine, ticket), CELEMENTS_KIND_CANCELLED);
  CHECK_INT(now_inside(), 3);
  submit(0, 0);
  wait_until_inside(4);
  celements_engine_free(engine);
  CHECK_INT(now_inside(), 4);
  block(false);
  celements_target_unref(target);
  for(i = 0; i < 60000 && threads() > threads_before; i++)
    usleep(1000); /* libcurl's threads, to which nobody can be joined, free what they hold */
  return check_done("engine_resolver");
}
