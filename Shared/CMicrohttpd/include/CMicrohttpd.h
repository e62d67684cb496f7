#ifndef CARILLON_CMICROHTTPD_H
#define CARILLON_CMICROHTTPD_H

// Plain functions over libmicrohttpd: its enums carry attributes Swift does not import, and its options are variadic.
// Everything here belongs to one thread, the one that calls cmhd_run.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct MHD_Daemon;
struct MHD_Connection;
struct MHD_Response;

/// What the daemon tells its owner. `context` is whatever `opened` returned for the connection.
struct cmhd_callbacks {
  void *owner;
  /// A connection was accepted.
  void *(*opened)(void *owner, struct MHD_Connection *connection, int descriptor);
  /// The descriptor is still open during this call and closed right after it.
  void (*closed)(void *context);
  /// A request line is in; `target` is raw.
  void (*began)(void *context, const char *target);
  /// The next step of a request: once for its headers, once for each piece of its body (`count` > 0), then with no bytes
  /// until a response is queued. HTTP/1.1 demands a `Host`. Returning false closes the connection.
  bool (*advance)(void *context, const char *method, bool demands_host, const uint8_t *bytes, size_t count);
  /// The request is over, answered or not.
  void (*completed)(void *context);
  /// A 101 has left: the socket, as a descriptor of its own that the owner closes (-1 when there are no more), and what
  /// came early.
  void (*upgraded)(void *context, int descriptor, const uint8_t *bytes, size_t count);
};

struct cmhd_options {
  int listen_descriptor;
  unsigned int connection_limit;
  unsigned int per_address_limit;
  unsigned int inactivity_seconds;
  size_t memory_per_connection;
  const struct cmhd_callbacks *callbacks;
};

/// The callbacks must outlive the daemon; NULL when the system has no descriptor or no memory left.
struct MHD_Daemon *cmhd_start(const struct cmhd_options *options);
/// Every connection must have been resumed.
void cmhd_stop(struct MHD_Daemon *daemon);
int cmhd_epoll_descriptor(struct MHD_Daemon *daemon);
void cmhd_run(struct MHD_Daemon *daemon);
/// Whether cmhd_run has more to do without waiting for input.
bool cmhd_wants_run(struct MHD_Daemon *daemon);
/// Stops accepting and gives the listening descriptor back.
int cmhd_quiesce(struct MHD_Daemon *daemon);

void cmhd_suspend(struct MHD_Connection *connection);
void cmhd_resume(struct MHD_Connection *connection);
/// A `struct sockaddr`, or NULL.
const void *cmhd_peer_address(struct MHD_Connection *connection);
/// Bytes of the request line and the headers.
size_t cmhd_header_bytes(struct MHD_Connection *connection);

/// Where one header stands in the bytes of `cmhd_header_list`.
struct cmhd_header {
  uint32_t name_start, name_length, value_start, value_length;
};

struct cmhd_header_list {
  const uint8_t *bytes;
  size_t byte_count;
  const struct cmhd_header *headers;
  size_t count;
};

/// The request's headers in order, in memory that the next call overwrites.
struct cmhd_header_list cmhd_headers(struct MHD_Connection *connection);

struct MHD_Response *cmhd_response_of_bytes(const void *bytes, size_t count);

/// Fills the buffer: a count, 0 when nothing is there yet, CMHD_END or CMHD_ABORT.
typedef ssize_t (*cmhd_reader)(void *source, uint8_t *buffer, size_t capacity);
enum { CMHD_END = -1, CMHD_ABORT = -2 };
/// `release` is called with the source when the response is gone.
struct MHD_Response *cmhd_response_of_stream(cmhd_reader reader, void *source, void (*release)(void *source));

/// Its owner hears `upgraded` when the response has left.
struct MHD_Response *cmhd_response_for_upgrade(const struct cmhd_callbacks *callbacks);

/// False when the header cannot stand in a response: line breaks, an empty name or value.
bool cmhd_add_header(struct MHD_Response *response, const char *name, const char *value);
/// Queues the response and lets go of it.
bool cmhd_answer(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response);
/// The standard phrase of a status code.
const char *cmhd_reason(unsigned int status);

/// A listening, non-blocking TCP socket, or a negative errno. The host is numeric.
int cmhd_listen(const char *host, int port, bool reuse_port, int backlog);

/// A descriptor that becomes readable when the other end of one of its sockets has closed or shut its side, or -errno.
int cmhd_hangups_open(void);
bool cmhd_hangups_add(int hangups, int socket);
void cmhd_hangups_remove(int hangups, int socket);
/// Sockets whose other end has left, at most `capacity`; the count.
int cmhd_hangups_collect(int hangups, int *sockets, int capacity);

#endif
