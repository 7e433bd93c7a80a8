/*
 * celements: calls to the Cloud Elements API over libcurl's multi interface, in plain C.
 *
 * How it fits together. A *target* says where calls go and as whom (base URL, secrets). A *request*
 * describes one call and borrows its body. An *engine* takes requests (`submit` answers with a
 * ticket), moves them along whenever it is stepped, and hands out a *response* for each ticket that
 * is done (`take`). The engine waits on one descriptor, so any event loop can wait for it.
 *
 * Conventions. A function that can fail returns a celements_status, of which NOMEM is not named
 * each time, and touches its out-parameters only on success. Destroyers accept NULL. Strings are
 * (pointer, length) and need no final NUL unless they are `const char *` alone. Times are
 * milliseconds. Nothing here is thread-safe except that a target may be shared by engines of
 * several threads, and a stream by its owner and the one that carries its call; an engine belongs
 * to one thread at a time. No function prints, sets a signal handler or changes the locale.
 */
#ifndef CELEMENTS_H
#define CELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nothing of this is for other modules of the process, whatever flags a build uses. */
#pragma GCC visibility push(hidden)

#define CELEMENTS_VERSION "0.1.0"

/* Why a function of this header failed. One list makes the enum and the texts. */
#define CELEMENTS_STATUS_MAP(X)                                                               \
  X(OK, "ok")                                                                                 \
  X(NOMEM, "out of memory")                                                                   \
  X(TOO_BIG, "larger than its limit")                                                         \
  X(CLOSED, "already closed")                                                                 \
  X(PENDING, "not done yet")                                                                  \
  X(SYSTEM, "the operating system refused (see errno)")                                       \
  X(LIBCURL, "libcurl refused")                                                               \
  X(BAD_URL, "must be an http:// or https:// URL without user name, query or fragment")       \
  X(BAD_SECRET, "must not be blank, nor hold a comma or a control character")                 \
  X(BAD_METHOD, "must be an HTTP method: upper-case letters only")                            \
  X(BAD_PATH, "must start with / and hold no '.' or '..' segment and no control character")   \
  X(BAD_HEADER_NAME, "must be a header name: letters, digits, hyphens, dots and underscores") \
  X(BAD_HEADER_VALUE, "must hold no CR, LF or NUL")                                           \
  X(RESERVED_HEADER, "is set by celements itself")                                            \
  X(NOT_A_FILE, "is not a regular file")

typedef enum celements_status {
#define X(name, text) CELEMENTS_##name,
  CELEMENTS_STATUS_MAP(X)
#undef X
} celements_status;

/* The text of a status, for a person. Never NULL. */
const char *celements_status_text(celements_status status);

/*
 * What kind of failure a call met: the closed list that users branch on. One list makes the enum,
 * the names Lua sees (`err.kind`) and the table in the README.
 */
#define CELEMENTS_KIND_MAP(X)                                                                   \
  X(CONFIGURATION, "configuration",                                                             \
    "something required is missing or malformed; nothing was sent")                             \
  X(UNAUTHORIZED, "unauthorized", "401: the User or Organization secret or the token is wrong") \
  X(FORBIDDEN, "forbidden", "403: not allowed, or the instance is disabled")                    \
  X(NOT_FOUND, "not_found", "404: no such instance, element or object")                         \
  X(CONFLICT, "conflict", "409: it exists already, or is in use")                               \
  X(RATE_LIMITED, "rate_limited", "429: too many calls")                                        \
  X(TOO_LARGE, "too_large", "413, or 429 for a body over the platform's 8 MB")                  \
  X(REJECTED, "rejected", "any other 4xx: the platform understood and refused")                 \
  X(PROVIDER, "provider", "the SaaS product behind the element refused or failed")              \
  X(SERVER, "server", "5xx: the platform failed")                                               \
  X(TIMEOUT, "timeout", "the call's deadline, its connect timeout or low_speed_time passed")    \
  X(NETWORK, "network", "no connection, or it broke")                                           \
  X(TLS, "tls", "the secure connection could not be made or trusted")                           \
  X(RESPONSE, "response", "the answer is not JSON, truncated, a redirect, or over a limit")     \
  X(CANCELLED, "cancelled", "the call was cancelled")                                           \
  X(CLOSED, "closed", "the client or session was closed")                                       \
  X(UNAVAILABLE, "unavailable", "this phase or this build cannot make the call")

typedef enum celements_kind {
  CELEMENTS_KIND_NONE, /* no failure */
#define X(name, text, meaning) CELEMENTS_KIND_##name,
  CELEMENTS_KIND_MAP(X)
#undef X
      CELEMENTS_KIND_COUNT
} celements_kind;

/* The name of a kind as users see it, or NULL for NONE and for what is not a kind. */
const char *celements_kind_name(celements_kind kind);
/* What the kind means, one line, or NULL likewise. */
const char *celements_kind_meaning(celements_kind kind);

/* ---------------------------------------------------------------- memory */

/* The allocation seam: every allocation of the core goes through it. */
struct celements_allocator {
  void *(*malloc)(size_t size);
  void *(*realloc)(void *pointer, size_t size);
  void (*free)(void *pointer);
  void *(*calloc)(size_t count, size_t size);
  char *(*strdup)(const char *text);
};

/*
 * Prepares the library and libcurl; later calls do nothing. `allocator` is for tests that fail
 * allocations on purpose: it is copied and handed to libcurl too; NULL means the C library's.
 * Any thread, but the first call of a process must not race another libcurl user's first call.
 */
celements_status celements_init(const struct celements_allocator *allocator);

/* A growing byte string that never exceeds the size it was born with: what would is not appended,
 * with TOO_BIG. */
typedef struct celements_buffer celements_buffer;

celements_status celements_buffer_new(celements_buffer **out, size_t max);
void celements_buffer_free(celements_buffer *buffer);
/* Empties it; memory up to 1 MiB is kept for what comes next. */
void celements_buffer_clear(celements_buffer *buffer);
celements_status celements_buffer_append(celements_buffer *buffer, const void *data, size_t length);
/* The bytes, valid until the buffer changes; never NULL. */
const char *celements_buffer_data(const celements_buffer *buffer, size_t *length);

/* ---------------------------------------------------------------- target */

/* Where calls go and as whom. Counted: requests and calls in flight hold it too. */
typedef struct celements_target celements_target;

/* What a target is made of; all is copied. A NULL secret is absent. The limits hold for the target
 * and those made from it with another token together, whatever engines call them: a call over a
 * limit waits in its engine, in the order of submission, and its deadline runs meanwhile. */
struct celements_target_options {
  const char *base_url; /* required, e.g. https://api.cloud-elements.com/elements/api-v2 */
  const char *user_secret;
  const char *organization_secret;
  const char *element_token;
  const char *ca_file;    /* PEM bundle to trust instead of the system's; NULL: the system's */
  const char *proxy;      /* NULL: as the environment says; "": none */
  bool http1;             /* HTTP/1.1 also where the server speaks HTTP/2 */
  unsigned max_in_flight; /* calls; 0: any number */
  double rate;            /* calls that may begin in a second; 0: any number */
  unsigned burst;         /* that may begin at once after a pause, with a rate; 0: one */
  bool timed;             /* responses tell the times of the call's phases */
};

/*
 * Makes a target with one reference. Fails with BAD_URL or BAD_SECRET; `*field` (if not NULL) then
 * names the option at fault. A secret is refused when it could not stand in an Authorization header
 * (a comma, CR, LF or another control character).
 */
celements_status celements_target_new(celements_target **out,
                                      const struct celements_target_options *options,
                                      const char **field);
/* A target like `target`, but for one instance: the same secrets and `element_token`. */
celements_status celements_target_with_token(celements_target **out, const celements_target *target,
                                             const char *element_token);
celements_target *celements_target_ref(celements_target *target);
/* Drops a reference; the last one wipes the target's copies of the secrets from memory. */
void celements_target_unref(celements_target *target);
/* Appends `text` with eight asterisks in place of every secret of the target that stands in it, as
 * it is or percent-encoded. Secrets of fewer than four characters are left alone, and those of
 * fewer than eight inside a longer word. */
celements_status celements_target_redact(const celements_target *target, const char *text,
                                         size_t length, celements_buffer *out);
/* The base URL as it is used, without a final slash. Lives as long as the target. */
const char *celements_target_base_url(const celements_target *target);

/* ---------------------------------------------------------------- request */

/* A body that is never in memory as a whole: celements_stream.h. */
typedef struct celements_stream celements_stream;

/* One call, described. A submit uses the description up; the same request can then describe
 * another. */
typedef struct celements_request celements_request;

celements_status celements_request_new(celements_request **out);
void celements_request_free(celements_request *request);
/* Forgets what was described, and lets its target go. */
void celements_request_forget(celements_request *request);

/*
 * Starts describing a call: what was described before is forgotten. `path` follows the base URL and
 * may hold a query; bytes that a URL cannot hold are percent-encoded, `%XX` is left as it is.
 * Fails with BAD_METHOD, BAD_PATH or TOO_BIG (a URL over 64 KiB).
 */
celements_status celements_request_start(celements_request *request, celements_target *target,
                                         const char *method, const char *path, size_t path_length);
/* Adds `name=value` to the query, both percent-encoded except for `[` and `]` in the name. TOO_BIG
 * leaves the URL as it was. */
celements_status celements_request_query(celements_request *request, const char *name,
                                         size_t name_length, const char *value,
                                         size_t value_length);
/* Adds a header. It replaces Accept, Content-Type, Expect or User-Agent; Authorization, Host,
 * Content-Length, Transfer-Encoding and Connection are refused with RESERVED_HEADER, others with
 * BAD_HEADER_NAME, BAD_HEADER_VALUE or TOO_BIG. */
celements_status celements_request_header(celements_request *request, const char *name,
                                          size_t name_length, const char *value,
                                          size_t value_length);
/* Sets the body. Not copied: it must stay where it is until the call is done, cancelled or closed.
 * Content-Type is application/json unless a header said otherwise. */
void celements_request_body(celements_request *request, const char *data, size_t length);
/* Takes the body from a source, or the body of a successful answer to a sink; what a failure
 * answers is kept as ever. Such a call has a connection to itself, and is never sent twice.
 * Describe the headers before: RESERVED_HEADER if they set the Content-Type of a form. */
celements_status celements_request_stream(celements_request *request, celements_stream *stream);
/* Limits in milliseconds and bytes: the whole call, its connecting part, the response's body. */
void celements_request_limits(celements_request *request, long timeout_ms, long connect_timeout_ms,
                              size_t max_body);
/* Ends the call with kind TIMEOUT when fewer than so many bytes a second came and went for so many
 * seconds, the wait for the answer included. 0 and 0, as at the start: never. */
void celements_request_low_speed(celements_request *request, long bytes, long seconds);

/* Appends `text` percent-encoded so that it is one path segment or one query value. */
celements_status celements_escape(celements_buffer *out, const char *text, size_t length);

/* ---------------------------------------------------------------- response */

/* What came of one call. Owned by whoever took it. */
typedef struct celements_response celements_response;

void celements_response_free(celements_response *response);
const char *celements_response_body(const celements_response *response, size_t *length);
/* All header lines of the final answer, each `name: value\n`, names in lower case. */
const char *celements_response_headers(const celements_response *response, size_t *length);
/* Seconds from start to end, waiting for a limit included. */
double celements_response_duration(const celements_response *response);
/* What a target's `timed` asks for: seconds from the start to the end of each phase, 0 for one that
 * was not needed, and bytes of bodies. */
struct celements_times {
  double dns;
  double connect;
  double tls;
  double first_byte;
  double total;
  int64_t sent;
  int64_t received;
};
/* NULL unless the target was `timed`. */
const struct celements_times *celements_response_times(const celements_response *response);
/* Why the transport failed, for a person, or "" if it did not. Never holds a secret. */
const char *celements_response_detail(const celements_response *response);

/* One value of a header block as celements_response_headers gives it, or NULL. `name` in lower
 * case. */
const char *celements_header_find(const char *block, size_t block_length, const char *name,
                                  size_t *value_length);
/* Steps through a header block; start with `*offset` 0; false at the end. */
bool celements_header_next(const char *block, size_t block_length, size_t *offset,
                           const char **name, size_t *name_length, const char **value,
                           size_t *value_length);

/* The facts a call is judged by. No I/O, so every rule can be tested. */
struct celements_outcome {
  celements_kind transport; /* how the transport failed, or NONE */
  long status;              /* HTTP status, 0 if no answer began */
  bool json;                /* the body is JSON, or empty */
  bool provider_message;    /* the error body carries the provider's own text */
  bool retry_after;         /* the answer said when to try again */
  double wait;              /* in so many seconds, if it did */
  bool cut;                 /* the answer broke off */
  bool sent;                /* at least one byte of the request left */
  size_t request_body;      /* bytes */
};

/* The facts of a response; `json` and `provider_message` are the caller's to fill in. */
struct celements_outcome celements_response_outcome(const celements_response *response);
/* The kind of failure, NONE for success. */
celements_kind celements_classify(const struct celements_outcome *outcome);
/* True when the platform may have done the work although no usable answer says so. */
bool celements_maybe_sent(const struct celements_outcome *outcome);

/* ---------------------------------------------------------------- trying again */

/* Why a call is tried again after an attempt that failed, or is not. */
#define CELEMENTS_REASON_MAP(X)                                         \
  X(HOPELESS, "hopeless")     /* repeating it cannot help */            \
  X(UNSAFE, "unsafe")         /* it may have been done: not twice */    \
  X(UNSENT, "unsent")         /* nothing of the request was sent */     \
  X(ASKED, "asked")           /* refused, with the time to try again */ \
  X(REPEATABLE, "repeatable") /* it may pass, and the method can be repeated */

typedef enum celements_reason {
#define X(name, text) CELEMENTS_REASON_##name,
  CELEMENTS_REASON_MAP(X)
#undef X
} celements_reason;

/* The name of a reason as users see it, or NULL for what is none. */
const char *celements_reason_name(celements_reason reason);

struct celements_retry {
  celements_reason reason;
  double delay; /* seconds to wait before the next attempt; negative: there must be none */
};

/*
 * Whether the call is to be tried again after its `attempt`th attempt (from 1) came out so, and
 * when. `random` is from 0 to less than 1. The delay is at most 0.5 s after the first attempt,
 * doubles from one to the next, up to 8 s, and comes on top of what the answer asked for. How many
 * attempts there may be, and for how long, is the caller's to say.
 */
struct celements_retry celements_retry(const char *method, const struct celements_outcome *outcome,
                                       unsigned attempt, double random);
/*
 * When a header block says to try again, in seconds from its sending: Retry-After as seconds or as
 * an HTTP date, which counts from the block's own Date, or from `now` (seconds since 1970) without
 * one. At most a day. False if it does not say.
 */
bool celements_retry_after(const char *block, size_t block_length, int64_t now, double *seconds);
/* From 0 to less than 1; another sequence in each process. */
double celements_random(void);

/* ---------------------------------------------------------------- engine */

typedef struct celements_engine celements_engine;

/* Names one submitted call of one engine; never 0, not used again while the engine lives. Its last
 * bits are the call's place. */
typedef uint64_t celements_ticket;
#define CELEMENTS_PLACE_BITS 24

/* A small number that no other call of the engine has before this one is taken. */
static inline size_t celements_ticket_place(celements_ticket ticket) {
  return (size_t)(ticket & ((1u << CELEMENTS_PLACE_BITS) - 1));
}

/* SYSTEM or LIBCURL if one of these refuses. */
celements_status celements_engine_new(celements_engine **out);
/* Ends every call in flight, closes the connections and frees all. Responses not taken are freed.
 */
void celements_engine_free(celements_engine *engine);

/* Says which ticket the next call that is submitted gets, so that what belongs to the call can be
 * in place before it starts. */
celements_status celements_engine_reserve(celements_engine *engine, celements_ticket *ticket);
/* Starts the call that `request` describes, and uses the description up; after a failure that is to
 * be forgotten. CLOSED for a description that was used up before. */
celements_status celements_engine_submit(celements_engine *engine, celements_request *request,
                                         celements_ticket *ticket);
/*
 * Waits at most `timeout_ms` (-1: for as long as it takes, 0: not at all) for something to happen
 * and moves every call along. Returns OK also when nothing happened, and early when a signal came.
 * Running out of memory or descriptors on the way ends the calls in flight, and they say so.
 */
celements_status celements_engine_step(celements_engine *engine, long timeout_ms);
/* True when the call is done, or is not known: take will not say PENDING. */
bool celements_engine_done(celements_engine *engine, celements_ticket ticket);
/* The oldest call that is done, not taken and not yet named by this function; 0 if none. Calls that
 * stir are named, too: their streams' owners have something to do, and then to resume them. */
celements_ticket celements_engine_next_done(celements_engine *engine);
/* True when the owner of a call's stream has something to do. */
bool celements_engine_stirs(celements_engine *engine, celements_ticket ticket);
/* The owner has filled or emptied the stream of a call, which goes on if it was held up. */
void celements_engine_resume(celements_engine *engine, celements_ticket ticket);
/* Hands over the response of a call that is done. PENDING if it is not, CLOSED if it is not known.
 */
celements_status celements_engine_take(celements_engine *engine, celements_ticket ticket,
                                       celements_response **out);
/* Frees a response, or keeps its memory for the next call. */
void celements_engine_recycle(celements_engine *engine, celements_response *response);
/* Ends a call: its response says `why` (CANCELLED, CLOSED, or NETWORK when the system refuses).
 * Done and unknown calls are left alone. */
void celements_engine_cancel(celements_engine *engine, celements_ticket ticket, celements_kind why);
/* Ends every call in flight to `target`, for the same reasons. */
void celements_engine_cancel_target(celements_engine *engine, const celements_target *target,
                                    celements_kind why);
/* Calls submitted and not done, those that wait for a limit included. */
size_t celements_engine_in_flight(celements_engine *engine);

/*
 * The one descriptor: readable when a step has work. Stable until the engine is freed, except that
 * a child of fork() gets another. Asking for it arms the deadline on the descriptor itself, so ask
 * again before each wait of an outside loop. -1 if the system refuses.
 */
int celements_engine_pollfd(celements_engine *engine);

/* ---------------------------------------------------------------- files and time */

/* Makes an empty file that nobody but its user can read. Returns 0, EEXIST when there is a file, or
 * why none can be there. */
int celements_file_create(const char *path);
/* Lets nobody but its user read or write the file. Returns 0, also when there is none, or an errno.
 */
int celements_file_private(const char *path);

/* Milliseconds on a clock that only goes forward. */
int64_t celements_now(void);

/* ---------------------------------------------------------------- JSON text */

/* The first byte after the JSON string whose opening quote is at `at`; `end` if it is not closed.
 */
const char *celements_json_skip_string(const char *at, const char *end);

/* True if a number of the text has more than `max_digits` digits in a row, or an exponent. */
bool celements_json_has_large_number(const char *text, size_t length, size_t max_digits);

/*
 * False for encoded text in which the encoder may have changed something: an empty array or object,
 * null (a hole?), a number (rounded?), a name that starts like one (an index?). `text` is JSON
 * without blanks.
 */
bool celements_json_is_plain(const char *text, size_t length);

/*
 * Turns the marks in encoded JSON into what they stand for. A mark is a string that starts with a
 * NUL character, made for what an encoder would lose: `\0a` for `[]`, `\0n<digits>` for a number,
 * `\0s<text>` for a string that itself starts with a NUL character.
 */
celements_status celements_json_unmark(const char *text, size_t length, celements_buffer *out);

#pragma GCC visibility pop

#include "celements_document.h"
#include "celements_service.h"
#include "celements_stream.h"

#endif
