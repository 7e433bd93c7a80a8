#include "ce_target.h"

#include "ce_alloc.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_URL 8192
#define MAX_AUTHORIZATION 16384

/* Shorter ones are left alone, and inside a longer word the not so short too: they would tear up
 * words that are no secret. The same as in redact.lua. */
#define LEAST_SECRET 4
#define LONG_SECRET 8

static atomic_size_t transports;

static char expect_line[] = "Expect:"; /* no wait for 100-continue before a large body */
static char type_line[] = "Content-Type: application/json";
static char accept_line[] = "Accept: application/json";
/* Not CURLOPT_USERAGENT, of which libcurl writes the line twice, letter by letter. */
static char agent_line[] = "User-Agent: celements/" CELEMENTS_VERSION;

static size_t text_length(const char *text) { return text ? strlen(text) : 0; }

static celements_status copy_text(char **out, const char *text) {
  size_t size;
  *out = NULL;
  if(!text)
    return CELEMENTS_OK;
  size = strlen(text) + 1;
  *out = ce__malloc(size);
  if(!*out)
    return CELEMENTS_NOMEM;
  memcpy(*out, text, size);
  return CELEMENTS_OK;
}

/* A user name in the URL would be sent as Basic credentials, a query or fragment would swallow the
 * path that follows: each is a mistake that must not reach the network. */
static celements_status check_base_url(const char *text, bool *tls) {
  static const CURLUPart absent[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
                                     CURLUPART_FRAGMENT};
  celements_status status = CELEMENTS_BAD_URL;
  char *part = NULL;
  CURLU *url = curl_url();
  CURLUcode code;
  size_t i;
  if(!url)
    return CELEMENTS_NOMEM;
  if(strncmp(text, "https://", 8) == 0)
    *tls = true;
  else if(strncmp(text, "http://", 7) == 0)
    *tls = false;
  else
    goto done;
  if(text[*tls ? 8 : 7] == '/') /* libcurl would take the path's first segment for the host */
    goto done;
  if(strpbrk(text, "?# \t\r\n") || strlen(text) > MAX_URL)
    goto done;
  code = curl_url_set(url, CURLUPART_URL, text, 0);
  for(i = 0; i < sizeof absent / sizeof absent[0] && code == CURLUE_OK; i++) {
    code = curl_url_get(url, absent[i], &part, 0);
    if(code == CURLUE_OK) {
      curl_free(part);
      goto done;
    }
    if(code != CURLUE_OUT_OF_MEMORY)
      code = CURLUE_OK; /* the part is absent */
  }
  if(code == CURLUE_OK)
    status = CELEMENTS_OK;
  else if(code == CURLUE_OUT_OF_MEMORY)
    status = CELEMENTS_NOMEM;
done:
  curl_url_cleanup(url);
  return status;
}

static size_t host_start(const char *base_url) {
  return (size_t)(strstr(base_url, "://") - base_url) + 3;
}

/* The environment's proxy is for the world outside: it could not reach this machine's own servers.
 */
static bool is_loopback(const char *base_url) {
  const char *host = base_url + host_start(base_url);
  size_t length = strcspn(host, ":/");
  return (length == 9 && strncasecmp(host, "localhost", length) == 0) ||
         strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0;
}

static celements_status set_base_url(celements_target *target, const char *text) {
  celements_status status;
  size_t length;
  if(!text)
    return CELEMENTS_BAD_URL;
  status = check_base_url(text, &target->tls);
  if(status)
    return status;
  length = strlen(text);
  while(length && text[length - 1] == '/')
    length--;
  status = celements_buffer_append(&target->base_url, text, length);
  if(!status)
    status = celements_buffer_append(&target->base_url, "", 1);
  if(!status)
    target->path_start = host_start(text) + strcspn(text + host_start(text), "/");
  return status;
}

/* An Authorization line is `Keyword value` pairs, comma-separated (API documentation). */
static celements_status add_secret(celements_target *target, const char *keyword,
                                   const char *secret) {
  celements_status status;
  const unsigned char *byte;
  if(!secret)
    return CELEMENTS_OK;
  if(strspn(secret, " ") == strlen(secret))
    return CELEMENTS_BAD_SECRET;
  for(byte = (const unsigned char *)secret; *byte; byte++) {
    if(*byte < 0x20 || *byte == 0x7f || *byte == ',')
      return CELEMENTS_BAD_SECRET;
  }
  status = ce__buf_append_text(&target->auth, target->auth.length ? ", " : "Authorization: ");
  if(!status)
    status = ce__buf_append_text(&target->auth, keyword);
  if(!status)
    status = ce__buf_append_byte(&target->auth, ' ');
  if(!status)
    status = ce__buf_append_text(&target->auth, secret);
  return status;
}

static void link_lines(celements_target *target) {
  int last = target->auth.length ? CE__LINE_AUTH : CE__LINE_AGENT;
  int i;
  target->lines[CE__LINE_EXPECT].data = expect_line;
  target->lines[CE__LINE_TYPE].data = type_line;
  target->lines[CE__LINE_ACCEPT].data = accept_line;
  target->lines[CE__LINE_AGENT].data = agent_line;
  target->lines[CE__LINE_AUTH].data = target->auth.length ? target->auth.data : NULL;
  for(i = 0; i < CE__LINES; i++)
    target->lines[i].next = i < last ? &target->lines[i + 1] : NULL;
}

static void destroy(celements_target *target) {
  if(target->auth.data)
    ce__wipe(target->auth.data, target->auth.capacity);
  ce__buf_drop(&target->auth);
  ce__buf_drop(&target->base_url);
  ce__free(target->ca_file);
  ce__free(target->proxy);
  ce__limit_unref(target->limit);
  ce__free(target);
}

/* Room for `length` bytes of secrets at once: growing would leave parts of them behind, unwiped. */
static celements_target *blank(size_t length) {
  const size_t keywords = sizeof "Authorization: User , Organization , Element ";
  celements_target *target = ce__calloc(1, sizeof *target);
  if(!target)
    return NULL;
  atomic_init(&target->references, 1);
  ce__buf_init(&target->base_url, MAX_URL + 1);
  ce__buf_init(&target->auth, MAX_AUTHORIZATION);
  if(length > MAX_AUTHORIZATION - keywords)
    length = MAX_AUTHORIZATION - keywords;
  if(ce__buf_reserve(&target->auth, length + keywords)) {
    destroy(target);
    return NULL;
  }
  return target;
}

static celements_status finish(celements_target *target, const char *ca_file, const char *proxy) {
  celements_status status = celements_buffer_append(&target->auth, "", target->auth.length ? 1 : 0);
  if(!status)
    status = copy_text(&target->ca_file, ca_file);
  if(!status)
    status = copy_text(&target->proxy, proxy);
  if(!status)
    link_lines(target);
  return status;
}

celements_status celements_target_new(celements_target **out,
                                      const struct celements_target_options *options,
                                      const char **field) {
  celements_status status = celements_init(NULL);
  const char *at = "base_url";
  celements_target *target;
  if(status)
    return status;
  target = blank(text_length(options->user_secret) + text_length(options->organization_secret) +
                 text_length(options->element_token));
  if(!target)
    return CELEMENTS_NOMEM;
  status = set_base_url(target, options->base_url);
  if(status)
    goto done;
  at = "user_secret";
  status = add_secret(target, "User", options->user_secret);
  if(status)
    goto done;
  at = "organization_secret";
  status = add_secret(target, "Organization", options->organization_secret);
  if(status)
    goto done;
  target->user_end = target->auth.length;
  at = "element_token";
  status = add_secret(target, "Element", options->element_token);
  if(status)
    goto done;
  status = finish(target, options->ca_file,
                  !options->proxy && is_loopback(options->base_url) ? "" : options->proxy);
  if(!status && (options->max_in_flight || options->rate > 0))
    status = ce__limit_new(&target->limit, options->max_in_flight, options->rate, options->burst);
  target->http1 = options->http1;
  target->timed = options->timed;
  target->transport = atomic_fetch_add(&transports, 1) + 1;
done:
  if(status) {
    destroy(target);
    if(field)
      *field = at;
    return status;
  }
  *out = target;
  return CELEMENTS_OK;
}

celements_status celements_target_with_token(celements_target **out, const celements_target *from,
                                             const char *element_token) {
  celements_target *target = blank(from->user_end + text_length(element_token));
  celements_status status;
  if(!target)
    return CELEMENTS_NOMEM;
  target->tls = from->tls;
  target->path_start = from->path_start;
  target->user_end = from->user_end;
  target->http1 = from->http1;
  target->timed = from->timed;
  target->transport = from->transport;
  target->limit = from->limit ? ce__limit_ref(from->limit) : NULL;
  status = celements_buffer_append(&target->base_url, from->base_url.data, from->base_url.length);
  if(!status)
    status = celements_buffer_append(&target->auth, from->auth.data, from->user_end);
  if(!status)
    status = add_secret(target, "Element", element_token);
  if(!status)
    status = finish(target, from->ca_file, from->proxy);
  if(status) {
    destroy(target);
    return status;
  }
  *out = target;
  return CELEMENTS_OK;
}

celements_target *celements_target_ref(celements_target *target) {
  atomic_fetch_add_explicit(&target->references, 1, memory_order_relaxed);
  return target;
}

void celements_target_unref(celements_target *target) {
  if(target && atomic_fetch_sub_explicit(&target->references, 1, memory_order_acq_rel) == 1)
    destroy(target);
}

/* The next secret of an Authorization line, from `*offset` on; NULL at the end. */
static const char *next_secret(const celements_target *target, size_t *offset, size_t *length) {
  const char *line = target->auth.data;
  const char *start;
  const char *end;
  if(*offset + 1 >= target->auth.length)
    return NULL;
  start = strchr(line + *offset, ' ');           /* after "Authorization:" or a comma */
  start = start ? strchr(start + 1, ' ') : NULL; /* after the keyword */
  if(!start)
    return NULL;
  end = strchr(++start, ',');
  *length = end ? (size_t)(end - start) : strlen(start);
  *offset = (size_t)(start - line) + *length;
  return start;
}

static int hex_value(char c) {
  if(c >= '0' && c <= '9')
    return c - '0';
  if((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
    return (c | 0x20) - 'a' + 10;
  return -1;
}

/* How many characters of the text spell the secret, as it is or percent-encoded; 0 if they do not.
 */
static size_t spells(const char *text, size_t length, const char *secret, size_t size) {
  size_t at = 0;
  size_t i;
  for(i = 0; i < size; i++) {
    if(at < length && text[at] == secret[i]) {
      at++;
    } else if(length - at >= 3 && text[at] == '%' &&
              hex_value(text[at + 1]) == ((unsigned char)secret[i] >> 4) &&
              hex_value(text[at + 2]) == (secret[i] & 15)) {
      at += 3;
    } else {
      return 0;
    }
  }
  return at;
}

static bool is_word(const char *text, size_t length, size_t at) {
  return at < length && (isalnum((unsigned char)text[at]) || text[at] == '_');
}

static bool is_inside_word(const char *text, size_t length, size_t first, size_t end) {
  if(is_word(text, length, end) || (first && is_word(text, length, first - 1)))
    return true;
  return end < length && (text[end] == '.' || text[end] == '-') && is_word(text, length, end + 1);
}

static size_t secret_at(const celements_target *target, const char *text, size_t length,
                        size_t at) {
  size_t offset = 0;
  size_t longest = 0;
  size_t size;
  const char *secret;
  while((secret = next_secret(target, &offset, &size))) {
    size_t spelled = size < LEAST_SECRET ? 0 : spells(text + at, length - at, secret, size);
    if(size < LONG_SECRET && is_inside_word(text, length, at, at + spelled))
      continue;
    if(spelled > longest)
      longest = spelled;
  }
  return longest;
}

celements_status celements_target_redact(const celements_target *target, const char *text,
                                         size_t length, celements_buffer *out) {
  celements_status status = CELEMENTS_OK;
  size_t i = 0;
  while(i < length && !status) {
    size_t secret = secret_at(target, text, length, i);
    if(secret)
      status = ce__buf_append_text(out, "********");
    else
      status = ce__buf_append_byte(out, text[i]);
    i += secret ? secret : 1;
  }
  return status;
}

const char *celements_target_base_url(const celements_target *target) {
  return target->base_url.data;
}
