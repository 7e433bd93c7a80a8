/*
 * A loopback HTTP/1.1 server on threads of its own, one per connection. What it does with a request
 * is asked for by the path:
 *
 *   /ok          200 and {}                   /echo…        200 and the request, head and body
 *   /hold        200 once the gate is open    /drip         half a body; the rest after the gate
 *   /drop        reads, closes unanswered     /second       the first request of a connection is
 *   /short       closes inside the body                     answered, the next one like /drop
 *   /chunks      a chunked body and a trailer /shortchunks  closes inside the chunks
 *   /garbage     no HTTP at all               /shorthead    closes inside the headers
 *   /bye         200, then closes             /continue     an answer of 100 before the other
 *   /status/N    that status                  /folded       a header value on two lines
 *   /redirect    302 to /ok                   /headers/N    N header lines of 1000 bytes
 *   /busy        429, in an hour              /body/N       a body of N bytes
 *   /sum         how many bytes the request's body had, and their sum
 *
 * Anything else is a 404. `refuse` makes it close connections before reading.
 */
#ifndef SERVER_H
#define SERVER_H

#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_CONNECTIONS 1024
#define SERVER_REQUEST 65536

struct server {
  int listener;
  int port;
  int gate[2]; /* readable once the gate is open */
  pthread_t acceptor;
  pthread_mutex_t lock;
  struct server_connection *connections[SERVER_CONNECTIONS]; /* NULL once closed */
  pthread_t threads[SERVER_CONNECTIONS];
  bool stopped;
  atomic_int accepts;
  atomic_int requests; /* read to their end */
  atomic_int holding;  /* requests that wait for the gate */
  atomic_bool refuse;
};

struct server_connection {
  struct server *server;
  int slot;
  int fd;
  size_t length;             /* of the request in `text` */
  size_t body;               /* bytes of its body, those not kept included */
  unsigned long sum;         /* of them */
  char text[SERVER_REQUEST]; /* with a final NUL; a longer body is read, but not kept */
};

static inline bool server_send(const struct server_connection *connection, const char *text,
                               size_t length) {
  while(length) {
    ssize_t n = send(connection->fd, text, length, MSG_NOSIGNAL);
    if(n <= 0)
      return false;
    text += n;
    length -= (size_t)n;
  }
  return true;
}

static inline bool server_say(const struct server_connection *connection, const char *text) {
  return server_send(connection, text, strlen(text));
}

static inline bool server_answer(const struct server_connection *connection, int status,
                                 const char *body, size_t length) {
  char head[200];
  snprintf(head, sizeof head,
           "HTTP/1.1 %d Text\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
           status, length);
  if(status == 204 || strncmp(connection->text, "HEAD ", 5) == 0)
    length = 0; /* these have no body, whatever their headers say */
  return server_say(connection, head) && server_send(connection, body, length);
}

/* Waits until the gate is open; false when the other side went away before. */
static inline bool server_hold(struct server_connection *connection) {
  struct pollfd fds[2] = {{connection->server->gate[0], POLLIN, 0},
                          {connection->fd, POLLIN | POLLRDHUP, 0}};
  atomic_fetch_add(&connection->server->holding, 1);
  while(poll(fds, 2, -1) < 0)
    continue;
  atomic_fetch_sub(&connection->server->holding, 1);
  return fds[0].revents != 0;
}

static inline bool server_many_headers(const struct server_connection *connection, long count) {
  char line[1001];
  memset(line, 'x', sizeof line);
  memcpy(line, "X-Many: ", 8);
  memcpy(line + 998, "\r\n", 3);
  if(!server_say(connection, "HTTP/1.1 200 OK\r\n"))
    return false;
  while(count-- > 0) {
    if(!server_say(connection, line))
      return false;
  }
  return server_say(connection, "Content-Length: 2\r\n\r\n{}");
}

static inline bool server_large_body(const struct server_connection *connection, long count) {
  char piece[4096];
  char head[100];
  memset(piece, 'b', sizeof piece);
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", count);
  if(!server_say(connection, head))
    return false;
  for(; count > 0; count -= (long)sizeof piece) {
    size_t length = count < (long)sizeof piece ? (size_t)count : sizeof piece;
    if(!server_send(connection, piece, length))
      return false;
  }
  return true;
}

/* Answers one request; false when the connection is to be closed. */
static inline bool server_respond(struct server_connection *connection, const char *path, int nth) {
  if(strcmp(path, "/ok") == 0)
    return server_answer(connection, 200, "{}", 2);
  if(strncmp(path, "/echo", 5) == 0)
    return server_answer(connection, 200, connection->text, connection->length);
  if(strcmp(path, "/sum") == 0) {
    char text[60];
    int length = snprintf(text, sizeof text, "[%zu,%lu]", connection->body, connection->sum);
    return server_answer(connection, 200, text, (size_t)length);
  }
  if(strcmp(path, "/hold") == 0)
    return server_hold(connection) && server_answer(connection, 200, "{}", 2);
  if(strcmp(path, "/drip") == 0)
    return server_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf") &&
           server_hold(connection) && server_say(connection, "full");
  if(strcmp(path, "/second") == 0 && nth == 1)
    return server_answer(connection, 200, "{}", 2);
  if(strcmp(path, "/short") == 0)
    server_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":");
  if(strcmp(path, "/chunks") == 0)
    return server_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\n[1,\r\n2\r\n2]\r\n0\r\nX-Trailer: t\r\n\r\n");
  if(strcmp(path, "/shortchunks") == 0)
    server_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n");
  if(strcmp(path, "/shorthead") == 0)
    server_say(connection, "HTTP/1.1 200 OK\r\nContent-Type: applica");
  if(strcmp(path, "/garbage") == 0)
    server_say(connection, "This is no answer.\r\n\r\n");
  if(strcmp(path, "/continue") == 0)
    return server_say(connection, "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n") &&
           server_answer(connection, 200, "{}", 2);
  if(strcmp(path, "/bye") == 0)
    server_say(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
  if(strcmp(path, "/folded") == 0)
    return server_say(connection, "HTTP/1.1 200 OK\r\nX-Folded: one\r\n  two: 2\r\n"
                                  "Content-Length: 2\r\n\r\n{}");
  if(strcmp(path, "/redirect") == 0)
    return server_say(connection, "HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
                                  "Content-Length: 0\r\n\r\n");
  if(strcmp(path, "/busy") == 0)
    return server_say(connection, "HTTP/1.1 429 Busy\r\nRetry-After: 3600\r\n"
                                  "Content-Length: 0\r\n\r\n");
  if(strncmp(path, "/status/", 8) == 0)
    return server_answer(connection, atoi(path + 8), "{}", 2);
  if(strncmp(path, "/headers/", 9) == 0)
    return server_many_headers(connection, atol(path + 9));
  if(strncmp(path, "/body/", 6) == 0)
    return server_large_body(connection, atol(path + 6));
  if(strcmp(path, "/drop") != 0 && strcmp(path, "/second") != 0 && strcmp(path, "/bye") != 0 &&
     strncmp(path, "/short", 6) != 0 && strcmp(path, "/garbage") != 0)
    return server_answer(connection, 404, "{}", 2);
  return false;
}

static inline void server_count(struct server_connection *connection, const char *bytes, size_t n) {
  size_t i;
  connection->body += n;
  for(i = 0; i < n; i++)
    connection->sum = connection->sum * 31 + (unsigned char)bytes[i];
}

/* A chunked body must be one that is kept whole. */
static inline bool server_has_last_chunk(const struct server_connection *connection) {
  const char *text = connection->text;
  return strstr(text, "\r\nTransfer-Encoding: chunked\r\n") && connection->length > 7 &&
         memcmp(text + connection->length - 7, "\r\n0\r\n\r\n", 7) == 0;
}

/* Reads one request and its body; false at the end of the connection. */
static inline bool server_read(struct server_connection *connection) {
  size_t total = 0; /* bytes of the request so far, those not kept included */
  size_t wanted = 0;
  connection->length = connection->body = connection->sum = 0;
  while(!wanted || total < wanted) {
    char spare[4096];
    size_t room = SERVER_REQUEST - 1 - connection->length;
    char *into = room ? connection->text + connection->length : spare;
    ssize_t n = recv(connection->fd, into, room ? room : sizeof spare, 0);
    if(n <= 0)
      return false;
    total += (size_t)n;
    if(room)
      connection->length += (size_t)n;
    connection->text[connection->length] = '\0';
    if(wanted) {
      server_count(connection, into, (size_t)n);
    } else {
      const char *end = strstr(connection->text, "\r\n\r\n");
      const char *length = strstr(connection->text, "Content-Length: ");
      const char *chunked = strstr(connection->text, "\r\nTransfer-Encoding: chunked\r\n");
      if(!end || (chunked && chunked < end && !server_has_last_chunk(connection)))
        continue;
      wanted = (size_t)(end + 4 - connection->text) +
               (length && length < end ? (size_t)atol(length + 16) : 0);
      server_count(connection, end + 4, connection->length - (size_t)(end + 4 - connection->text));
    }
  }
  return true;
}

static inline void *server_connection_main(void *data) {
  struct server_connection *connection = data;
  struct server *server = connection->server;
  char path[100];
  int nth = 0;
  bool open = true;
  while(open && server_read(connection)) {
    atomic_fetch_add(&server->requests, 1);
    open = sscanf(connection->text, "%*s %99[^? ]", path) == 1 &&
           server_respond(connection, path, ++nth);
  }
  pthread_mutex_lock(&server->lock);
  shutdown(connection->fd, SHUT_RDWR); /* a forked child may hold the descriptor, too */
  close(connection->fd);
  server->connections[connection->slot] = NULL;
  pthread_mutex_unlock(&server->lock);
  free(connection);
  return NULL;
}

static inline void server_accept(struct server *server, int fd) {
  struct server_connection *connection = malloc(sizeof *connection);
  int slot = atomic_fetch_add(&server->accepts, 1);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if(!connection || slot >= SERVER_CONNECTIONS)
    abort();
  *connection = (struct server_connection){.server = server, .slot = slot, .fd = fd};
  pthread_mutex_lock(&server->lock);
  server->connections[slot] = connection;
  if(server->stopped || server->refuse)
    shutdown(fd, SHUT_RDWR);
  if(pthread_create(&server->threads[slot], NULL, server_connection_main, connection))
    abort();
  pthread_mutex_unlock(&server->lock);
}

static inline void *server_main(void *data) {
  struct server *server = data;
  int fd;
  while((fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    server_accept(server, fd);
  return NULL;
}

static inline void server_start(struct server *server) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  alarm(120); /* a test that hangs is to fail, not to hang */
  memset(server, 0, sizeof *server);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(server->listener >= 0 && pipe2(server->gate, O_CLOEXEC) == 0);
  REQUIRE(bind(server->listener, (struct sockaddr *)&address, size) == 0);
  REQUIRE(listen(server->listener, 512) == 0);
  REQUIRE(getsockname(server->listener, (struct sockaddr *)&address, &size) == 0);
  server->port = ntohs(address.sin_port);
  pthread_mutex_init(&server->lock, NULL);
  REQUIRE(pthread_create(&server->acceptor, NULL, server_main, server) == 0);
}

static inline void server_open_gate(struct server *server) {
  REQUIRE(write(server->gate[1], "", 1) == 1);
}

static inline void server_close_gate(struct server *server) {
  char byte;
  REQUIRE(read(server->gate[0], &byte, 1) == 1);
}

static inline void server_stop(struct server *server) {
  int i;
  int count;
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->acceptor, NULL);
  close(server->listener);
  count = atomic_load(&server->accepts);
  pthread_mutex_lock(&server->lock);
  server->stopped = true;
  for(i = 0; i < count; i++) {
    if(server->connections[i])
      shutdown(server->connections[i]->fd, SHUT_RDWR);
  }
  pthread_mutex_unlock(&server->lock);
  for(i = 0; i < count; i++)
    pthread_join(server->threads[i], NULL);
  close(server->gate[0]);
  close(server->gate[1]);
  pthread_mutex_destroy(&server->lock);
}

#endif
