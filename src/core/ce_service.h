/* The inside of a service and its jobs. Jobs are made, started and taken by the owner's thread,
 * carried by the service's; what both touch is under the lock, which is never held during a call of
 * libcurl's. */
#ifndef CE_SERVICE_H
#define CE_SERVICE_H

#include "ce_doorbell.h"
#include "ce_request.h"
#include "ce_response.h"

#include <pthread.h>

#pragma GCC visibility push(hidden)

enum ce__job_state {
  CE__JOB_IDLE,
  CE__JOB_DESCRIBED,
  CE__JOB_QUEUED,
  CE__JOB_RUNNING,
  CE__JOB_DONE
};

struct celements_job {
  celements_service *service;
  size_t place;
  /* The owner's until the job is queued, the thread's until it is done. */
  celements_request *request;
  celements_buffer body;
  /* Under the lock. */
  enum ce__job_state state;
  bool released;      /* the owner wants no response */
  celements_kind why; /* it is to be ended for this; NONE if not */
  bool listed;        /* among those to be ended or resumed */
  celements_job *next_listed;
  bool unnamed; /* among those that are to be named */
  celements_job *next_done;
  celements_response *response;
  const celements_target *target; /* only to be compared */
  celements_job *next;            /* idle, or behind it in the inbox */
  /* The thread's. */
  celements_ticket inner;
};

struct celements_service {
  unsigned forks;
  pthread_t thread;
  int wake[2]; /* a pipe */
  struct ce__doorbell *doorbell;
  celements_engine *engine; /* the thread's, while it runs */
  celements_job **running;  /* the thread's; by the place of the engine's ticket */
  size_t room;
  int64_t beat;         /* the thread's: when the bell is to be rung in any case */
  pthread_mutex_t lock; /* of what follows */
  bool stopping;
  bool asleep;          /* the thread waits, or is about to: it has to be woken */
  bool called;          /* the bell was rung, or is about to be, and the owner has not seen to it */
  celements_job **jobs; /* all that were ever made */
  size_t count;
  celements_job *idle;
  celements_job *first; /* the inbox */
  celements_job *last;
  celements_job *listed;     /* to be ended or resumed */
  celements_job *first_done; /* or stirring, and not named */
  celements_job *last_done;
  size_t in_flight;
};

/* Under the lock. */

/* The job can be used again, as soon as it is not among those to be named. */
void ce__job_put_back(celements_job *job);
/* The job is done, or stirs, and is to be named. */
void ce__job_name(celements_job *job);

/* For the thread that has the job. */
void ce__job_forget_body(celements_job *job);

/* For the owner. */

/* In a child of fork() the thread is not there. */
bool ce__service_has_forked(const celements_service *service);
void ce__service_wake(celements_service *service);

#pragma GCC visibility pop

#endif
