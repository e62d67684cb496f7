#define _GNU_SOURCE
#include "CMicrohttpd.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// Every closure libmicrohttpd hands back is the owner's table of callbacks.

static void *context_of(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static int descriptor_of(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static void notify_connection(void *cls, struct MHD_Connection *connection, void **context,
                              enum MHD_ConnectionNotificationCode code) {
  const struct cmhd_callbacks *callbacks = cls;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    *context = callbacks->opened(callbacks->owner, connection, descriptor_of(connection));
  } else {
    callbacks->closed(*context);
  }
}

static void *uri_began(void *cls, const char *target, struct MHD_Connection *connection) {
  const struct cmhd_callbacks *callbacks = cls;
  callbacks->began(context_of(connection), target);
  return NULL;
}

static enum MHD_Result access_handler(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                      const char *version, const char *bytes, size_t *count, void **request) {
  const struct cmhd_callbacks *callbacks = cls;
  size_t taken = *count;
  *count = 0;
  bool demands_host = strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
  (void)url, (void)request;
  return callbacks->advance(context_of(connection), method, demands_host, (const uint8_t *)bytes, taken)
             ? MHD_YES
             : MHD_NO;
}

static void completed(void *cls, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode code) {
  const struct cmhd_callbacks *callbacks = cls;
  (void)request, (void)code;
  callbacks->completed(context_of(connection));
}

// Paths stay as they were sent; the owner decodes them strictly.
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text) {
  (void)cls, (void)connection;
  return strlen(text);
}

struct MHD_Daemon *cmhd_start(const struct cmhd_options *options) {
  void *callbacks = (void *)options->callbacks;
  return MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE, 0, NULL, NULL, access_handler, callbacks,
      MHD_OPTION_LISTEN_SOCKET, (MHD_socket)options->listen_descriptor,
      MHD_OPTION_CONNECTION_LIMIT, options->connection_limit,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, options->per_address_limit,
      MHD_OPTION_CONNECTION_TIMEOUT, options->inactivity_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->memory_per_connection,
      // Stricter, it would look for the Host itself, and send the head of its refusal twice.
      MHD_OPTION_STRICT_FOR_CLIENT, 0,
      MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
      MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
      MHD_OPTION_URI_LOG_CALLBACK, uri_began, callbacks,
      MHD_OPTION_NOTIFY_CONNECTION, notify_connection, callbacks,
      MHD_OPTION_NOTIFY_COMPLETED, completed, callbacks,
      MHD_OPTION_END);
}

void cmhd_stop(struct MHD_Daemon *daemon) { MHD_stop_daemon(daemon); }

int cmhd_epoll_descriptor(struct MHD_Daemon *daemon) {
  return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

void cmhd_run(struct MHD_Daemon *daemon) { MHD_run(daemon); }

bool cmhd_wants_run(struct MHD_Daemon *daemon) {
  MHD_UNSIGNED_LONG_LONG timeout;
  return MHD_get_timeout(daemon, &timeout) == MHD_YES && timeout == 0;
}

int cmhd_quiesce(struct MHD_Daemon *daemon) { return MHD_quiesce_daemon(daemon); }

void cmhd_suspend(struct MHD_Connection *connection) { MHD_suspend_connection(connection); }
void cmhd_resume(struct MHD_Connection *connection) { MHD_resume_connection(connection); }

const void *cmhd_peer_address(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == NULL ? NULL : info->client_addr;
}

size_t cmhd_header_bytes(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info == NULL ? 0 : info->header_size;
}

// Scratch space of cmhd_headers, grown to the largest request seen.
static struct {
  uint8_t *bytes;
  size_t byte_count, byte_capacity;
  struct cmhd_header *headers;
  size_t count, capacity;
} scratch;

static bool reserve(void **memory, size_t *capacity, size_t wanted, size_t unit) {
  if (wanted <= *capacity) return true;
  size_t next = *capacity == 0 ? 1024 : *capacity;
  while (next < wanted) next *= 2;
  void *grown = realloc(*memory, next * unit);
  if (grown == NULL) return false;
  *memory = grown;
  *capacity = next;
  return true;
}

static uint32_t keep(const char *text, size_t length) {
  uint32_t start = (uint32_t)scratch.byte_count;
  if (length > 0) memcpy(scratch.bytes + start, text, length);
  scratch.byte_count += length;
  return start;
}

static enum MHD_Result gather(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_length,
                              const char *value, size_t value_length) {
  (void)cls, (void)kind;
  if (value == NULL) value_length = 0;
  size_t bytes = scratch.byte_count + name_length + value_length;
  if (!reserve((void **)&scratch.bytes, &scratch.byte_capacity, bytes, 1)) return MHD_NO;
  if (!reserve((void **)&scratch.headers, &scratch.capacity, scratch.count + 1, sizeof *scratch.headers)) return MHD_NO;
  struct cmhd_header *header = &scratch.headers[scratch.count++];
  header->name_start = keep(name, name_length);
  header->name_length = (uint32_t)name_length;
  header->value_start = keep(value, value_length);
  header->value_length = (uint32_t)value_length;
  return MHD_YES;
}

struct cmhd_header_list cmhd_headers(struct MHD_Connection *connection) {
  scratch.byte_count = 0;
  scratch.count = 0;
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, gather, NULL);
  return (struct cmhd_header_list){scratch.bytes, scratch.byte_count, scratch.headers, scratch.count};
}

struct MHD_Response *cmhd_response_of_bytes(const void *bytes, size_t count) {
  return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

// libmicrohttpd's stream callback with its position, which no caller needs.
struct stream {
  cmhd_reader reader;
  void *source;
  void (*release)(void *source);
};

static ssize_t read_stream(void *cls, uint64_t position, char *buffer, size_t capacity) {
  const struct stream *stream = cls;
  (void)position;
  ssize_t count = stream->reader(stream->source, (uint8_t *)buffer, capacity);
  if (count == CMHD_END) return MHD_CONTENT_READER_END_OF_STREAM;
  if (count == CMHD_ABORT) return MHD_CONTENT_READER_END_WITH_ERROR;
  return count;
}

static void free_stream(void *cls) {
  struct stream *stream = cls;
  stream->release(stream->source);
  free(stream);
}

struct MHD_Response *cmhd_response_of_stream(cmhd_reader reader, void *source, void (*release)(void *source)) {
  struct stream *stream = malloc(sizeof *stream);
  if (stream == NULL) return NULL;
  *stream = (struct stream){reader, source, release};
  struct MHD_Response *response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream, free_stream);
  if (response == NULL) free(stream);
  return response;
}

static void upgraded(void *cls, struct MHD_Connection *connection, void *request, const char *bytes, size_t count,
                     MHD_socket descriptor, struct MHD_UpgradeResponseHandle *handle) {
  const struct cmhd_callbacks *callbacks = cls;
  (void)request;
  // A descriptor of the owner's own: libmicrohttpd then frees its connection, buffers included, at once.
  int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  callbacks->upgraded(context_of(connection), own, (const uint8_t *)bytes, count);
  MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

struct MHD_Response *cmhd_response_for_upgrade(const struct cmhd_callbacks *callbacks) {
  return MHD_create_response_for_upgrade(upgraded, (void *)callbacks);
}

bool cmhd_add_header(struct MHD_Response *response, const char *name, const char *value) {
  return MHD_add_response_header(response, name, value) == MHD_YES;
}

bool cmhd_answer(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response) {
  enum MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued == MHD_YES;
}

const char *cmhd_reason(unsigned int status) { return MHD_get_reason_phrase_for(status); }

int cmhd_listen(const char *host, int port, bool reuse_port, int backlog) {
  char service[16];
  snprintf(service, sizeof service, "%d", port);
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
  struct addrinfo *address;
  if (getaddrinfo(host, service, &hints, &address) != 0) return -EINVAL;
  int one = 1;
  int listener = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  bool listening = listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
                   (!reuse_port || setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0) &&
                   bind(listener, address->ai_addr, address->ai_addrlen) == 0 && listen(listener, backlog) == 0;
  int status = listening ? listener : -errno;
  freeaddrinfo(address);
  if (!listening && listener >= 0) close(listener);
  return status;
}

int cmhd_hangups_open(void) {
  int hangups = epoll_create1(EPOLL_CLOEXEC);
  return hangups >= 0 ? hangups : -errno;
}

bool cmhd_hangups_add(int hangups, int socket) {
  struct epoll_event event = {.events = EPOLLRDHUP, .data = {.fd = socket}};
  return epoll_ctl(hangups, EPOLL_CTL_ADD, socket, &event) == 0;
}

void cmhd_hangups_remove(int hangups, int socket) { epoll_ctl(hangups, EPOLL_CTL_DEL, socket, NULL); }

int cmhd_hangups_collect(int hangups, int *sockets, int capacity) {
  struct epoll_event events[64];
  int count = epoll_wait(hangups, events, capacity < 64 ? capacity : 64, 0);
  for (int i = 0; i < count; i++) sockets[i] = events[i].data.fd;
  return count < 0 ? 0 : count;
}
