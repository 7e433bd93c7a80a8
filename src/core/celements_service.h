/* The part of celements.h about an engine with a thread of its own. Include celements.h. */
#ifndef CELEMENTS_SERVICE_H
#define CELEMENTS_SERVICE_H

#include "celements.h"

#pragma GCC visibility push(hidden)

/*
 * An engine that turns in a thread of its own, for a host whose thread must not wait but can be
 * told by a Unix socket (nginx). All functions are for one thread, the owner's; the service's own
 * takes no signals. In a child of fork() a service is of no use: it says CLOSED.
 *
 * A job is described, started, and released. Whoever waits for jobs connects to the path, once for
 * all of them: a byte comes when jobs are done, after which celements_service_next_done() is to be
 * asked until it gives NULL; and a byte comes about every second in any case.
 */
typedef struct celements_service celements_service;
typedef struct celements_job celements_job;

/* SYSTEM if the system refuses a socket or a thread. */
celements_status celements_service_new(celements_service **out);
/* Ends every call in flight and the thread, and frees all, jobs included. */
void celements_service_free(celements_service *service);
/* The path of the Unix socket: for this process only, and no file stays behind on Linux. NULL in a
 * child of fork(). */
const char *celements_service_path(const celements_service *service);
/* Jobs started and not done. */
size_t celements_service_in_flight(celements_service *service);
/* Ends every job to `target` with kind CLOSED. */
void celements_service_cancel_target(celements_service *service, const celements_target *target);

/* Gives a job to describe. */
celements_status celements_service_job(celements_service *service, celements_job **out);
/* The description, valid until the job is started. */
celements_request *celements_job_request(celements_job *job);
/* Hands the job to the service with a copy of the body, NULL for none. After a failure release it.
 */
celements_status celements_job_start(celements_job *job, const char *body, size_t length);
/* A small number that no other job has before this one is released. */
size_t celements_job_place(const celements_job *job);
/* A job that is done and was not named before, or one that stirs, as with an engine; NULL when
 * there is none. */
celements_job *celements_service_next_done(celements_service *service);
bool celements_job_is_done(celements_job *job);
/* As celements_engine_resume. */
void celements_job_resume(celements_job *job);
/* Hands over the response of a job that is done. PENDING if it is not, NOMEM if none could be made.
 */
celements_status celements_job_take(celements_job *job, celements_response **out);
/* Instead of freeing the response that was taken, before the job is released: its memory serves the
 * next call. */
void celements_job_give_back(celements_job *job, celements_response *response);
/* Lets the job be done soon, with kind CANCELLED. */
void celements_job_cancel(celements_job *job);
/* The job is not the owner's any more; a call in flight is cancelled. */
void celements_job_release(celements_job *job);

#pragma GCC visibility pop

#endif
