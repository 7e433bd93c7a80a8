/* The service as userdata, and its jobs. Both are closed when their service is. */
#include "lce_call.h"

struct service {
  celements_service *service; /* NULL when closed */
};

/* A service's table keeps the service, to which its jobs refer by that table; each job that is in
 * flight, or was taken and waits for the next call that has its place; and the owners of those in
 * flight. What is none is false. */
enum { ANCHOR_SERVICE = 0 };

static int job_anchor(const celements_job *job) { return 2 * (int)celements_job_place(job) + 1; }

static int owner_anchor(const celements_job *job) { return job_anchor(job) + 1; }

/* A job that was named and that nobody holds goes, and its answer with it. The service's table is
 * at `table`. */
static void drop_job(lua_State *L, int table, const celements_job *job) {
  lua_pushboolean(L, 0);
  lua_rawseti(L, table, job_anchor(job));
}

static void drop_owner(lua_State *L, int table, const celements_job *job) {
  lua_pushboolean(L, 0);
  lua_rawseti(L, table, owner_anchor(job));
}

struct job {
  const struct service *owner; /* kept alive by the table */
  celements_job *job;          /* NULL when taken */
  celements_response *response;
  char method[LCE_METHOD_SIZE];
};

static struct service *check(lua_State *L) {
  return lce_check(L, 1, LCE_SERVICE, LCE_SHARED_SERVICE);
}

static struct service *check_open(lua_State *L) {
  struct service *self = check(L);
  luaL_argcheck(L, self->service, 1, "closed");
  return self;
}

static struct job *check_job(lua_State *L) { return lce_check(L, 1, LCE_JOB, LCE_SHARED_JOB); }

/* core.service(): a service, or nil, "engine" and why the system refuses one. */
int lce_service(lua_State *L) {
  struct service *self = lce_new(L, sizeof *self, LCE_SHARED_SERVICE);
  celements_status status;
  lua_newtable(L);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, ANCHOR_SERVICE);
  lce_setuservalue(L, -2);
  status = celements_service_new(&self->service);
  if(status == CELEMENTS_SYSTEM || status == CELEMENTS_LIBCURL)
    return lce_refuse(L, "engine", status);
  return status ? lce_raise(L, status) : 1;
}

/* Pushes the userdata for a job of the core's. The service's table is on top. */
static struct job *push_job(lua_State *L, struct service *owner, celements_job *of) {
  int anchor = job_anchor(of); /* a finaliser may close the service, and `of` is gone then */
  struct job *job;
  lua_rawgeti(L, -1, anchor);
  job = lua_touserdata(L, -1);
  if(!job) {
    lua_pop(L, 1);
    job = lce_new(L, sizeof *job, LCE_SHARED_JOB);
    lua_pushvalue(L, -2);
    lce_setuservalue(L, -2);
    job->owner = owner;
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, anchor);
  }
  job->job = of;
  return job;
}

static bool is_alive(const struct job *job) { return job->job && job->owner->service; }

static void release(struct job *self) {
  if(is_alive(self))
    celements_job_release(self->job);
  self->job = NULL;
}

enum { ANCHORS = LCE_ARG_LAST + 1, JOB }; /* the service's table, the new job */

/* service:submit(…) as in lce_request.h gives a job, or what is said there. `owner` is for
 * `next_done` to give back. */
static int submit(lua_State *L) {
  struct service *self = check_open(L);
  struct lce_limits limits;
  const char *body;
  size_t length = 0;
  celements_status status;
  celements_job *new = NULL;
  struct job *job;
  int refused;
  lce_check_options(L, &limits);
  refused = lce_prepare(L);
  if(refused)
    return refused;
  luaL_argcheck(L, self->service, 1, "closed"); /* by a finaliser, just now */
  status = celements_service_job(self->service, &new);
  if(status)
    return lce_refuse(L, "engine", status);
  lce_getuservalue(L, 1);
  job = push_job(L, self, new); /* where this raises, the service still has the job */
  luaL_argcheck(L, is_alive(job), 1, "closed");
  refused = lce_describe(L, celements_job_request(new), &limits, job->method);
  if(refused) {
    release(job);
    return refused;
  }
  lua_pushvalue(L, LCE_ARG_OWNER);
  lua_rawseti(L, ANCHORS, owner_anchor(new));
  body = lua_tolstring(L, LCE_BODY, &length);
  status = celements_job_start(new, body, length);
  if(status) {
    drop_owner(L, ANCHORS, new);
    release(job);
    return lce_refuse(L, "engine", status);
  }
  lua_settop(L, JOB);
  lua_pushvalue(L, LCE_BODY);
  return 2;
}

/* service:next_done(): a job that is done and was not named before, or that stirs, and its owner;
 * or nil, also when the service is closed. */
static int next_done(lua_State *L) {
  const struct service *self = check(L);
  celements_job *job = self->service ? celements_service_next_done(self->service) : NULL;
  lua_settop(L, 1);
  if(!job) {
    lua_pushnil(L);
    return 1;
  }
  lce_getuservalue(L, 1);
  lua_rawgeti(L, 2, job_anchor(job));
  lua_rawgeti(L, 2, owner_anchor(job));
  if(celements_job_is_done(job)) {
    drop_job(L, 2, job);
    drop_owner(L, 2, job);
  }
  return 2;
}

/* service:path(): of its Unix socket; nil in a child of fork(). */
static int path(lua_State *L) {
  lua_pushstring(L, celements_service_path(check_open(L)->service));
  return 1;
}

/* service:in_flight(): how many jobs; nil when it is closed. */
static int in_flight(lua_State *L) {
  const struct service *self = check(L);
  if(self->service)
    lua_pushinteger(L, (lua_Integer)celements_service_in_flight(self->service));
  else
    lua_pushnil(L);
  return 1;
}

/* service:cancel_target(target): ends every call to it with kind "closed". Finalisers, which run in
 * any order, may have closed either. */
static int cancel_target(lua_State *L) {
  const struct service *self = check(L);
  const struct lce_target *target = lce_check(L, 2, LCE_TARGET, LCE_SHARED_TARGET);
  if(self->service && target->target)
    celements_service_cancel_target(self->service, target->target);
  return 0;
}

static int close_service(lua_State *L) {
  struct service *self = check(L);
  celements_service *service = self->service;
  self->service = NULL;
  celements_service_free(service);
  return 0;
}

static int to_string(lua_State *L) {
  const struct service *self = check(L);
  if(self->service)
    lua_pushfstring(L, LCE_SERVICE " (%d in flight)",
                    (int)celements_service_in_flight(self->service));
  else
    lua_pushliteral(L, LCE_SERVICE " (closed)");
  return 1;
}

/* Keeps the userdata at 1 for the next call that has the job's place. */
static void keep_job(lua_State *L, const celements_job *job) {
  lce_getuservalue(L, 1);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, job_anchor(job));
  lua_pop(L, 1);
}

/* job:take([attempt]) hands over what came of a job, as a call's `take` does, and spends it. One
 * that is not done is left to itself, as if the service were closed. */
static int take(lua_State *L) {
  struct job *self = check_job(L);
  const unsigned attempt = lce_attempt(L);
  celements_status status = CELEMENTS_OK;
  int results;
  lua_settop(L, 1);
  if(!is_alive(self))
    return lce_push_closed(L);
  lce_getuservalue(L, 1);
  drop_owner(L, 2, self->job);
  lua_settop(L, 1);
  if(!self->response) /* or a hook has raised in a `take` before this one */
    status = celements_job_take(self->job, &self->response);
  if(status) {
    release(self);
    return status == CELEMENTS_NOMEM ? lce_raise(L, status) : lce_push_closed(L);
  }
  results = lce_push_response(L, self->response, self->method, attempt);
  if(is_alive(self)) { /* a finaliser may have closed the service meanwhile */
    celements_job_give_back(self->job, self->response);
    keep_job(L, self->job);
  } else {
    celements_response_free(self->response);
  }
  self->response = NULL;
  release(self);
  return results;
}

/* job:done() */
static int done(lua_State *L) {
  const struct job *self = check_job(L);
  lua_pushboolean(L, !is_alive(self) || celements_job_is_done(self->job));
  return 1;
}

/* job:resume(): the stream of the job was seen to. When there is something to do again the job is
 * named. */
static int resume(lua_State *L) {
  const struct job *self = check_job(L);
  if(is_alive(self))
    celements_job_resume(self->job);
  lua_pushboolean(L, 0);
  return 1;
}

/* job:cancel(): the job is done soon, with kind "cancelled". */
static int cancel(lua_State *L) {
  const struct job *self = check_job(L);
  if(is_alive(self))
    celements_job_cancel(self->job);
  return 0;
}

static int free_job(lua_State *L) {
  struct job *self = check_job(L);
  release(self);
  celements_response_free(self->response);
  self->response = NULL;
  return 0;
}

void lce_service_open(lua_State *L) {
  static const luaL_Reg service_functions[] = {{"submit", submit},
                                               {"next_done", next_done},
                                               {"path", path},
                                               {"in_flight", in_flight},
                                               {"cancel_target", cancel_target},
                                               {"close", close_service},
                                               {"__gc", close_service},
                                               {"__close", close_service},
                                               {"__tostring", to_string},
                                               {NULL, NULL}};
  static const luaL_Reg job_functions[] = {{"take", take},     {"done", done},
                                           {"resume", resume}, {"cancel", cancel},
                                           {"__gc", free_job}, {NULL, NULL}};
  lce_class(L, LCE_SERVICE, LCE_SHARED_SERVICE, service_functions);
  lce_class(L, LCE_JOB, LCE_SHARED_JOB, job_functions);
}
