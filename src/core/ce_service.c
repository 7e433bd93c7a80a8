/* The service's thread, which turns an engine, and its life. */
#include "ce_service.h"

#include "ce_alloc.h"
#include "ce_engine.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BEAT_MS 1000

/* ---------------------------------------------------------------- the thread */

static void finish(celements_service *service, celements_job *job, celements_response *response) {
  ce__job_forget_body(job);
  pthread_mutex_lock(&service->lock);
  job->response = response;
  job->state = CE__JOB_DONE;
  service->in_flight--;
  if(job->released)
    ce__job_put_back(job);
  else
    ce__job_name(job);
  pthread_mutex_unlock(&service->lock);
}

/* The owner of the job's stream has something to do. */
static void stir(celements_service *service, celements_job *job) {
  pthread_mutex_lock(&service->lock);
  if(!job->released)
    ce__job_name(job);
  pthread_mutex_unlock(&service->lock);
}

static celements_response *refusal(celements_kind why, const char *text) {
  celements_response *response = ce__response_new(0);
  if(!response)
    return NULL;
  response->transport = why;
  memccpy(response->detail, text, '\0', sizeof response->detail - 1);
  return response;
}

static bool make_room(celements_service *service, size_t at) {
  size_t room = service->room ? service->room : 64;
  celements_job **running;
  if(at < service->room)
    return true;
  while(room <= at)
    room *= 2;
  running = ce__realloc(service->running, room * sizeof(celements_job *));
  if(!running)
    return false;
  service->running = running;
  service->room = room;
  return true;
}

static void begin(celements_service *service, celements_job *job, celements_kind why) {
  celements_status status = CELEMENTS_OK;
  celements_engine_recycle(service->engine, job->response); /* of the call before */
  job->response = NULL;
  if(!why) {
    status = celements_engine_reserve(service->engine, &job->inner);
    if(!status && !make_room(service, celements_ticket_place(job->inner)))
      status = CELEMENTS_NOMEM;
    if(!status)
      status = celements_engine_submit(service->engine, job->request, &job->inner);
    if(!status) {
      service->running[celements_ticket_place(job->inner)] = job;
      return;
    }
  }
  celements_request_forget(job->request);
  finish(service, job,
         refusal(why ? why : CELEMENTS_KIND_NETWORK,
                 status ? celements_status_text(status) : "the call was cancelled"));
}

static void begin_all(celements_service *service) {
  celements_job *job;
  pthread_mutex_lock(&service->lock);
  service->asleep = false;
  while((job = service->first)) {
    celements_kind why = job->why;
    service->first = job->next;
    if(!service->first)
      service->last = NULL;
    job->state = CE__JOB_RUNNING;
    job->inner = 0;
    pthread_mutex_unlock(&service->lock);
    begin(service, job, why);
    pthread_mutex_lock(&service->lock);
  }
  pthread_mutex_unlock(&service->lock);
}

static void see_to_all(celements_service *service) {
  celements_job *job;
  pthread_mutex_lock(&service->lock);
  while((job = service->listed)) {
    celements_kind why = job->why;
    celements_ticket inner = job->state == CE__JOB_RUNNING ? job->inner : 0; /* not one used anew */
    service->listed = job->next_listed;
    job->listed = false;
    pthread_mutex_unlock(&service->lock);
    if(inner && why)
      celements_engine_cancel(service->engine, inner, why);
    else if(inner)
      celements_engine_resume(service->engine, inner);
    pthread_mutex_lock(&service->lock);
  }
  pthread_mutex_unlock(&service->lock);
}

static void deliver(celements_service *service) {
  celements_ticket inner;
  while((inner = celements_engine_next_done(service->engine))) {
    celements_response *response = NULL;
    celements_job *job = service->running[celements_ticket_place(inner)];
    if(celements_engine_take(service->engine, inner, &response) == CELEMENTS_OK)
      finish(service, job, response);
    else
      stir(service, job);
  }
}

static bool on_ready(void *data, int fd) {
  celements_service *service = data;
  char bytes[64];
  if(fd != service->wake[0])
    return ce__doorbell_event(service->doorbell, fd);
  while(read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes) {
  }
  return true;
}

/* Rings once for all that is done, until the owner has seen to it; and by the clock while somebody
 * stands at the door, who may have to look after what no job tells of. */
static void call_owner(celements_service *service) {
  bool rings;
  pthread_mutex_lock(&service->lock);
  rings = service->first_done && !service->called;
  if(rings)
    service->called = true;
  pthread_mutex_unlock(&service->lock);
  if(!ce__doorbell_visited(service->doorbell)) {
    service->beat = celements_now() + BEAT_MS;
  } else if(celements_now() >= service->beat) {
    service->beat = celements_now() + BEAT_MS;
    rings = true;
  }
  if(rings)
    ce__doorbell_ring(service->doorbell);
}

/* How long to wait; false when the thread is to end. */
static bool next_wait(celements_service *service, long *milliseconds) {
  bool goes_on;
  pthread_mutex_lock(&service->lock);
  goes_on = !service->stopping;
  service->asleep = !service->first && !service->listed;
  *milliseconds = service->asleep ? -1 : 0;
  pthread_mutex_unlock(&service->lock);
  if(*milliseconds < 0 && ce__doorbell_visited(service->doorbell)) {
    int64_t left = service->beat - celements_now();
    *milliseconds = left > 0 ? (long)left : 0;
  }
  return goes_on;
}

/* The owner has better things to do than to make way for every call: the thread runs when the owner
 * waits, or on another processor. */
static void give_way(void) {
#ifdef SCHED_BATCH
  const struct sched_param parameters = {0};
  (void)pthread_setschedparam(pthread_self(), SCHED_BATCH, &parameters);
#endif
}

static void *run(void *data) {
  static const struct timespec pause = {0, 10000000};
  celements_service *service = data;
  long milliseconds;
  give_way();
  while(next_wait(service, &milliseconds)) {
    if(celements_engine_step(service->engine, milliseconds))
      nanosleep(&pause, NULL); /* the system refuses to wait: it may do so again */
    begin_all(service);
    see_to_all(service);
    deliver(service);
    call_owner(service);
  }
  return NULL;
}

/* ---------------------------------------------------------------- the owner */

bool ce__service_has_forked(const celements_service *service) {
  return service->forks != ce__fork_count();
}

void ce__service_wake(celements_service *service) {
  ssize_t n = write(service->wake[1], "", 1);
  (void)n; /* a full pipe wakes as well */
}

static bool open_pipe(int ends[2]) {
  int i;
  if(pipe(ends) != 0)
    return false;
  for(i = 0; i < 2; i++) {
    if(fcntl(ends[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[i], F_SETFL, O_NONBLOCK) != 0)
      return false;
  }
  return true;
}

/* Signals are the owner's affair. */
static bool start_thread(celements_service *service) {
  sigset_t all;
  sigset_t before;
  bool started;
  sigfillset(&all);
  if(pthread_sigmask(SIG_SETMASK, &all, &before))
    return false;
  started = pthread_create(&service->thread, NULL, run, service) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return started;
}

static void drop(celements_service *service) {
  size_t i;
  celements_engine_free(service->engine);
  ce__doorbell_free(service->doorbell);
  for(i = 0; i < 2; i++) {
    if(service->wake[i] >= 0)
      close(service->wake[i]);
  }
  for(i = 0; i < service->count; i++) {
    celements_job *job = service->jobs[i];
    ce__job_forget_body(job);
    ce__buf_drop(&job->body);
    celements_request_free(job->request);
    celements_response_free(job->response);
    ce__free(job);
  }
  ce__free(service->jobs);
  ce__free(service->running);
  pthread_mutex_destroy(&service->lock);
  ce__free(service);
}

static celements_status set_up(celements_service *service) {
  const struct ce__watcher watcher = {service, on_ready};
  struct ce__poller *poller;
  celements_status status = celements_engine_new(&service->engine);
  if(status)
    return status;
  status = ce__doorbell_new(&service->doorbell);
  if(status)
    return status;
  if(!open_pipe(service->wake))
    return CELEMENTS_SYSTEM;
  poller = ce__engine_watch(service->engine, &watcher);
  status = ce__doorbell_open(service->doorbell, poller);
  if(!status)
    status = ce__poller_want(poller, service->wake[0], CE__POLL_IN);
  return status;
}

celements_status celements_service_new(celements_service **out) {
  celements_service *service = ce__calloc(1, sizeof *service);
  celements_status status;
  if(!service)
    return CELEMENTS_NOMEM;
  service->wake[0] = service->wake[1] = -1;
  service->forks = ce__fork_count();
  if(pthread_mutex_init(&service->lock, NULL)) {
    ce__free(service);
    return CELEMENTS_SYSTEM;
  }
  status = set_up(service);
  if(!status && !start_thread(service))
    status = CELEMENTS_SYSTEM;
  if(status) {
    drop(service);
    return status;
  }
  *out = service;
  return CELEMENTS_OK;
}

void celements_service_free(celements_service *service) {
  if(!service)
    return;
  if(ce__service_has_forked(
         service)) /* the thread was not copied, and may have been amid anything */
    return;
  pthread_mutex_lock(&service->lock);
  service->stopping = true;
  pthread_mutex_unlock(&service->lock);
  ce__service_wake(service);
  pthread_join(service->thread, NULL);
  drop(service);
}

const char *celements_service_path(const celements_service *service) {
  return ce__service_has_forked(service) ? NULL : ce__doorbell_path(service->doorbell);
}

size_t celements_service_in_flight(celements_service *service) {
  size_t count;
  if(ce__service_has_forked(service))
    return 0;
  pthread_mutex_lock(&service->lock);
  count = service->in_flight;
  pthread_mutex_unlock(&service->lock);
  return count;
}
