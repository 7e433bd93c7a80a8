/* A service's jobs, as their owner sees them. */
#include "ce_service.h"

#include "ce_alloc.h"

#define MAX_JOBS ((size_t)1 << 24)
#define MAX_KEPT ((size_t)1 << 16) /* bytes of a body whose memory waits for the next one */

/* ---------------------------------------------------------------- under the lock */

void ce__job_put_back(celements_job *job) {
  celements_service *service = job->service;
  if(job->response && job->response->body.capacity > MAX_KEPT) {
    celements_response_free(job->response);
    job->response = NULL;
  }
  job->target = NULL;
  if(job->unnamed) { /* until it is its turn to be named */
    job->released = true;
    return;
  }
  job->state = CE__JOB_IDLE;
  job->released = false;
  job->why = CELEMENTS_KIND_NONE;
  job->next = service->idle;
  service->idle = job;
}

void ce__job_name(celements_job *job) {
  celements_service *service = job->service;
  if(job->unnamed)
    return;
  job->unnamed = true;
  job->next_done = NULL;
  if(service->last_done)
    service->last_done->next_done = job;
  else
    service->first_done = job;
  service->last_done = job;
}

static celements_job *pop_done(celements_service *service) {
  celements_job *job = service->first_done;
  if(!job)
    return NULL;
  service->first_done = job->next_done;
  if(!service->first_done)
    service->last_done = NULL;
  job->unnamed = false;
  return job;
}

/* Has the thread end the job, or resume it. */
static void list(celements_job *job) {
  celements_service *service = job->service;
  if(job->listed)
    return;
  job->listed = true;
  job->next_listed = service->listed;
  service->listed = job;
}

static void end_soon(celements_job *job, celements_kind why) {
  if(job->state != CE__JOB_QUEUED && job->state != CE__JOB_RUNNING)
    return;
  if(!job->why)
    job->why = why;
  list(job);
}

void ce__job_forget_body(celements_job *job) {
  if(job->body.length)
    ce__wipe(job->body.data, job->body.length);
  job->body.length = 0;
  if(job->body.capacity > MAX_KEPT)
    ce__buf_drop(&job->body);
}

/* ---------------------------------------------------------------- the owner */

/* Under the lock: whether the thread has to be woken, which is to be done once, after it. */
static bool must_wake(celements_service *service) {
  bool asleep = service->asleep;
  service->asleep = false;
  return asleep;
}

static celements_status new_job(celements_service *service, celements_job **out) {
  celements_job **jobs;
  celements_job *job;
  celements_status status;
  if(service->count >= MAX_JOBS)
    return CELEMENTS_TOO_BIG;
  jobs = ce__realloc(service->jobs, (service->count + 1) * sizeof(celements_job *));
  if(!jobs)
    return CELEMENTS_NOMEM;
  service->jobs = jobs;
  job = ce__calloc(1, sizeof *job);
  if(!job)
    return CELEMENTS_NOMEM;
  status = celements_request_new(&job->request);
  if(status) {
    ce__free(job);
    return status;
  }
  ce__buf_init(&job->body, SIZE_MAX);
  job->service = service;
  job->place = service->count;
  jobs[service->count++] = job;
  *out = job;
  return CELEMENTS_OK;
}

celements_status celements_service_job(celements_service *service, celements_job **out) {
  celements_status status = CELEMENTS_OK;
  if(ce__service_has_forked(service))
    return CELEMENTS_CLOSED;
  pthread_mutex_lock(&service->lock);
  if(service->idle) {
    *out = service->idle;
    service->idle = service->idle->next;
  } else {
    status = new_job(service, out);
  }
  if(!status) {
    (*out)->state = CE__JOB_DESCRIBED;
    (*out)->next = NULL;
  }
  pthread_mutex_unlock(&service->lock);
  return status;
}

celements_request *celements_job_request(celements_job *job) { return job->request; }

celements_status celements_job_start(celements_job *job, const char *body, size_t length) {
  celements_service *service = job->service;
  bool wakes;
  if(ce__service_has_forked(service))
    return CELEMENTS_CLOSED;
  if(body) {
    celements_status status = celements_buffer_append(&job->body, body, length);
    if(status)
      return status;
    celements_request_body(job->request, length ? job->body.data : "", length);
  }
  pthread_mutex_lock(&service->lock);
  job->state = CE__JOB_QUEUED;
  job->target = job->request->target;
  if(service->last)
    service->last->next = job;
  else
    service->first = job;
  service->last = job;
  service->in_flight++;
  wakes = must_wake(service);
  pthread_mutex_unlock(&service->lock);
  if(wakes)
    ce__service_wake(service);
  return CELEMENTS_OK;
}

size_t celements_job_place(const celements_job *job) { return job->place; }

celements_job *celements_service_next_done(celements_service *service) {
  celements_job *job;
  if(ce__service_has_forked(service))
    return NULL;
  pthread_mutex_lock(&service->lock);
  while((job = pop_done(service)) && job->released) {
    if(job->state == CE__JOB_DONE)
      ce__job_put_back(job);
  }
  if(!job)
    service->called = false;
  pthread_mutex_unlock(&service->lock);
  return job;
}

bool celements_job_is_done(celements_job *job) {
  celements_service *service = job->service;
  bool is_done;
  if(ce__service_has_forked(service))
    return true;
  pthread_mutex_lock(&service->lock);
  is_done = job->state == CE__JOB_DONE;
  pthread_mutex_unlock(&service->lock);
  return is_done;
}

void celements_job_resume(celements_job *job) {
  celements_service *service = job->service;
  bool wakes;
  if(ce__service_has_forked(service))
    return;
  pthread_mutex_lock(&service->lock);
  if(job->state == CE__JOB_RUNNING)
    list(job);
  wakes = must_wake(service);
  pthread_mutex_unlock(&service->lock);
  if(wakes)
    ce__service_wake(service);
}

celements_status celements_job_take(celements_job *job, celements_response **out) {
  celements_service *service = job->service;
  celements_status status = CELEMENTS_PENDING;
  if(ce__service_has_forked(service))
    return CELEMENTS_CLOSED;
  pthread_mutex_lock(&service->lock);
  if(job->state == CE__JOB_DONE) {
    *out = job->response;
    job->response = NULL;
    status = *out ? CELEMENTS_OK : CELEMENTS_NOMEM;
  }
  pthread_mutex_unlock(&service->lock);
  return status;
}

void celements_job_give_back(celements_job *job, celements_response *response) {
  if(ce__service_has_forked(job->service))
    celements_response_free(response);
  else
    job->response =
        response; /* no lock: the job is done, and the thread has no more to do with it */
}

void celements_job_cancel(celements_job *job) {
  celements_service *service = job->service;
  bool wakes;
  if(ce__service_has_forked(service))
    return;
  pthread_mutex_lock(&service->lock);
  end_soon(job, CELEMENTS_KIND_CANCELLED);
  wakes = must_wake(service);
  pthread_mutex_unlock(&service->lock);
  if(wakes)
    ce__service_wake(service);
}

void celements_job_release(celements_job *job) {
  celements_service *service = job->service;
  bool wakes = false;
  if(ce__service_has_forked(service))
    return;
  pthread_mutex_lock(&service->lock);
  if(job->state == CE__JOB_QUEUED || job->state == CE__JOB_RUNNING) {
    job->released = true;
    end_soon(job, CELEMENTS_KIND_CANCELLED);
    wakes = must_wake(service);
  } else {
    if(job->state == CE__JOB_DESCRIBED)
      celements_request_forget(job->request);
    ce__job_put_back(job);
  }
  pthread_mutex_unlock(&service->lock);
  if(wakes)
    ce__service_wake(service);
}

void celements_service_cancel_target(celements_service *service, const celements_target *target) {
  bool wakes;
  size_t i;
  if(ce__service_has_forked(service))
    return;
  pthread_mutex_lock(&service->lock);
  for(i = 0; i < service->count; i++) {
    if(service->jobs[i]->target == target)
      end_soon(service->jobs[i], CELEMENTS_KIND_CLOSED);
  }
  wakes = must_wake(service);
  pthread_mutex_unlock(&service->lock);
  if(wakes)
    ce__service_wake(service);
}
