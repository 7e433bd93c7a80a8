/* Streams that are files. A download is written beside its target, and takes its name when it is
 * complete. */
#include "ce_alloc.h"
#include "ce_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *join(const char *text, const char *more) {
  size_t size = strlen(text) + strlen(more) + 1;
  char *joined = ce__malloc(size);
  if(joined)
    snprintf(joined, size, "%s%s", text, more);
  return joined;
}

/* Ends a stream that could not be made, and keeps errno. */
static celements_status fail(celements_stream *stream, celements_status status) {
  int why = errno;
  celements_stream_unref(stream);
  errno = why;
  return status;
}

celements_status celements_source_file(celements_stream **out, const char *path) {
  celements_stream *stream;
  struct stat facts;
  celements_status status = ce__stream_new(&stream, true);
  if(status)
    return status;
  stream->fd =
      open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe's other end is not waited for */
  if(stream->fd < 0 || fstat(stream->fd, &facts))
    return fail(stream, CELEMENTS_SYSTEM);
  if(!S_ISREG(facts.st_mode))
    return fail(stream, CELEMENTS_NOT_A_FILE);
  stream->size = (int64_t)facts.st_size;
  *out = stream;
  return CELEMENTS_OK;
}

celements_status celements_sink_file(celements_stream **out, const char *path) {
  celements_stream *stream;
  struct stat facts;
  celements_status status;
  if(stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
    return CELEMENTS_NOT_A_FILE;
  status = ce__stream_new(&stream, false);
  if(status)
    return status;
  stream->path = join(path, "");
  stream->partial = join(path, ".part-XXXXXX");
  if(!stream->path || !stream->partial)
    return fail(stream, CELEMENTS_NOMEM);
  stream->fd = mkostemp(stream->partial, O_CLOEXEC); /* for its owner alone, mode 0600 */
  if(stream->fd < 0)
    return fail(stream, CELEMENTS_SYSTEM);
  *out = stream;
  return CELEMENTS_OK;
}

celements_status celements_stream_commit(celements_stream *stream) {
  int fd = stream->fd;
  if(!stream->path)
    return CELEMENTS_OK;
  if(fd < 0)
    return CELEMENTS_CLOSED;
  stream->fd = -1;
  /* What a disk refuses late is told by close. */
  if(close(fd) || rename(stream->partial, stream->path)) {
    int why = errno;
    unlink(stream->partial);
    errno = why;
    return CELEMENTS_SYSTEM;
  }
  return CELEMENTS_OK;
}

void ce__stream_file_close(celements_stream *stream) {
  if(stream->fd < 0)
    return;
  close(stream->fd);
  stream->fd = -1;
  if(stream->partial && stream->forks == ce__fork_count())
    unlink(stream->partial);
}

static void explain(celements_stream *stream, const char *what) {
  snprintf(stream->detail, sizeof stream->detail, "%s: %s", what, strerror(errno));
}

static bool say(celements_stream *stream, const char *why) {
  snprintf(stream->detail, sizeof stream->detail, "%s", why);
  return false;
}

/* The last bytes are held back from a file that grew: what was sent would be no file that ever was.
 */
static bool is_unchanged(celements_stream *stream, int64_t read_so_far) {
  struct stat facts;
  if(read_so_far < stream->size)
    return true;
  if(fstat(stream->fd, &facts) == 0 && (int64_t)facts.st_size == stream->size)
    return true;
  return say(stream, "the file changed its size while it was sent");
}

int64_t ce__stream_file_read(celements_stream *stream, char *into, size_t room) {
  int64_t left = stream->size - stream->moved;
  ssize_t count;
  if((int64_t)room > left)
    room = (size_t)left;
  if(!room)
    return is_unchanged(stream, stream->moved) ? 0 : -1;
  do
    count = read(stream->fd, into, room);
  while(count < 0 && errno == EINTR);
  if(count < 0) {
    explain(stream, "the file could not be read");
    return -1;
  }
  if(!count) {
    say(stream, "the file became shorter while it was sent");
    return -1;
  }
  return is_unchanged(stream, stream->moved + count) ? count : -1;
}

bool ce__stream_file_write(celements_stream *stream, const char *bytes, size_t length) {
  while(length) {
    ssize_t count = write(stream->fd, bytes, length);
    if(count < 0 && errno == EINTR)
      continue;
    if(count < 0) {
      explain(stream, "the file could not be written");
      return false;
    }
    bytes += count;
    length -= (size_t)count;
  }
  return true;
}
