// The limit: a server that knows nothing and writes ready frames to every client, one a write or some joined.
// usage: raw PORT JOINED
// It answers an upgrade without looking at it, lets everybody join, and repeats each click's bytes to all.
#include "wire.h"

enum { MAXIMUM = 20000 };
static int clients[MAXIMUM], count, epoll, joining;
static uint8_t batch[64 * 256];
static size_t batch_length;
static int batched;

static void write_all(int descriptor, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = send(descriptor, bytes, length, MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN) fail("send");
    if (written < 0) continue;
    bytes += written;
    length -= (size_t)written;
  }
}

static void flush(void) {
  for (int i = 0; i < count; i++) write_all(clients[i], batch, batch_length);
  batch_length = 0;
  batched = 0;
}

static void forget(int descriptor) {
  close(descriptor);
  for (int i = 0; i < count; i++) {
    if (clients[i] == descriptor) clients[i--] = clients[--count];
  }
}

static void take_frames(int descriptor, const uint8_t *bytes, size_t length) {
  const uint8_t *text;
  size_t size, used;
  uint8_t frame[64];
  while ((used = next_frame(bytes, length, &text, &size)) > 0) {
    if (size == 2 && memcmp(text, "40", 2) == 0) {
      write_all(descriptor, frame, make_frame(frame, "40{\"sid\":\"x\"}", 13, false));
    } else {
      batch_length += make_frame(batch + batch_length, (const char *)text, size, false);
      if (++batched >= joining) flush();
    }
    bytes += used;
    length -= used;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: raw PORT JOINED\n"), 2;
  joining = atoi(argv[2]);
  raise_descriptor_limit();
  struct sockaddr_in address = loopback(atoi(argv[1]));
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4096) < 0) fail("listen");
  epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  static const char hello[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x03" "0{}";
  for (;;) {
    struct epoll_event happened[256];
    int turn = epoll_wait(epoll, happened, 256, -1);
    for (int i = 0; i < turn; i++) {
      int descriptor = happened[i].data.fd;
      if (descriptor == listener) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client < 0 || count == MAXIMUM) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        clients[count++] = client;
        struct epoll_event wish = {.events = EPOLLIN, .data.fd = client};
        epoll_ctl(epoll, EPOLL_CTL_ADD, client, &wish);
        continue;
      }
      uint8_t bytes[65536];
      ssize_t length = recv(descriptor, bytes, sizeof bytes, 0);
      if (length <= 0) {
        if (length == 0 || errno != EAGAIN) forget(descriptor);
      } else if (memcmp(bytes, "GET ", 4) == 0) {
        write_all(descriptor, (const uint8_t *)hello, sizeof hello - 1);
      } else {
        take_frames(descriptor, bytes, (size_t)length);
      }
    }
  }
}
