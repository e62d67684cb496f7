// Opens many Socket.IO 5 clients over WebSocket, lets one of them click, and counts what all of them get.
// usage: load PORT PATH SOCKETS SECONDS WINDOW
// WINDOW: clicks that may be on their way at a time. With SECONDS 0 it says "idle" when all have joined, then waits for its
// input to end. It prints: RESULT <connects/s> <deliveries/s> <lost> <p50 ms> <p99 ms>
#include "wire.h"

enum { IN_FLIGHT = 64, SAMPLE = 29, MAXIMUM_SAMPLES = 1 << 20 };
enum stage { CONNECTING, UPGRADING, JOINING, JOINED };

struct client {
  int descriptor;
  enum stage stage;
  size_t held;
  uint8_t rest[1024];
};

static struct client *clients;
static int total, started, joined, epoll;
static struct sockaddr_in server;
static const char *path;
static int64_t sent, delivered;
static float samples[MAXIMUM_SAMPLES];
static size_t sample_count;

static void start_next(void) {
  struct client *client = &clients[started++];
  client->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->descriptor < 0) fail("socket");
  int one = 1;
  setsockopt(client->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(client->descriptor, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) fail("connect");
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = client};
  epoll_ctl(epoll, EPOLL_CTL_ADD, client->descriptor, &event);
}

static void ask_upgrade(struct client *client) {
  char request[512];
  int length = snprintf(request, sizeof request,
                        "GET %s?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
                        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                        path);
  if (send(client->descriptor, request, (size_t)length, MSG_NOSIGNAL) != length) fail("request");
  client->stage = UPGRADING;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  epoll_ctl(epoll, EPOLL_CTL_MOD, client->descriptor, &event);
}

static void say(struct client *client, const char *text) {
  uint8_t frame[256];
  size_t length = make_frame(frame, text, strlen(text), true);
  if (send(client->descriptor, frame, length, MSG_NOSIGNAL) != (ssize_t)length) fail("send");
}

static void sample(const uint8_t *text, size_t length) {
  const char *mark = memmem(text, length, "\"comment\":\"", 11);
  if (mark == NULL || sample_count == MAXIMUM_SAMPLES) return;
  samples[sample_count++] = (float)(now_ns() - strtoll(mark + 11, NULL, 10)) / 1e6f;
}

static void take_text(struct client *client, const uint8_t *text, size_t length) {
  if (length >= 2 && text[0] == '4' && text[1] == '2') {
    if (delivered++ % SAMPLE == 0) sample(text, length);
  } else if (length >= 1 && text[0] == '2') {
    say(client, "3");
  } else if (length >= 1 && text[0] == '0') {
    say(client, "40");
  } else if (length >= 2 && text[0] == '4' && text[1] == '0') {
    client->stage = JOINED;
    joined++;
    if (started < total) start_next();
  }
}

static void take_bytes(struct client *client, const uint8_t *bytes, size_t count) {
  size_t at = 0;
  if (client->stage == UPGRADING) {
    const uint8_t *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (end != NULL) {
      if (memcmp(bytes, "HTTP/1.1 101", 12) != 0) fail("no upgrade");
      at = (size_t)(end - bytes) + 4;
      client->stage = JOINING;
    }
  }
  if (client->stage >= JOINING) {
    const uint8_t *text;
    size_t length, size;
    while ((size = next_frame(bytes + at, count - at, &text, &length)) > 0) {
      take_text(client, text, length);
      at += size;
    }
  }
  if (count - at > sizeof client->rest) fail("a frame this long");
  client->held = count - at;
  memmove(client->rest, bytes + at, client->held);
}

static void read_from(struct client *client) {
  static uint8_t buffer[1 << 18];
  memcpy(buffer, client->rest, client->held);
  ssize_t count = recv(client->descriptor, buffer + client->held, sizeof buffer - client->held, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    fprintf(stderr, "a client was closed\n");
    exit(1);
  }
  take_bytes(client, buffer, client->held + (size_t)count);
}

static void turn(int timeout) {
  struct epoll_event events[512];
  int count = epoll_wait(epoll, events, 512, timeout);
  for (int i = 0; i < count; i++) {
    struct client *client = events[i].data.ptr;
    if (client->stage == CONNECTING) {
      ask_upgrade(client);
    } else if (events[i].events & (EPOLLIN | EPOLLHUP)) {
      read_from(client);
    }
  }
}

static void click(int count) {
  uint8_t frames[256 * 64];
  size_t length = 0;
  for (int i = 0; i < count; i++) {
    char text[160];
    int size = snprintf(text, sizeof text,
                        "42[\"click\",{\"user\":\"bench\",\"comment\":\"%lld\",\"style\":null,\"timestamp\":1700000000}]",
                        (long long)now_ns());
    length += make_frame(frames + length, text, (size_t)size, true);
  }
  if (send(clients[0].descriptor, frames, length, MSG_NOSIGNAL) != (ssize_t)length) fail("click");
  sent += count;
}

static int by_size(const void *a, const void *b) { return (*(float *)a > *(float *)b) - (*(float *)a < *(float *)b); }

int main(int argc, char **argv) {
  if (argc != 6) return fprintf(stderr, "usage: load PORT PATH SOCKETS SECONDS WINDOW\n"), 2;
  server = loopback(atoi(argv[1]));
  path = argv[2];
  total = atoi(argv[3]);
  double seconds = atof(argv[4]);
  int window = atoi(argv[5]);
  raise_descriptor_limit();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  clients = calloc((size_t)total, sizeof *clients);

  int64_t begin = now_ns();
  while (started < total && started < IN_FLIGHT) start_next();
  while (joined < total) turn(1000);
  double connects = total / ((double)(now_ns() - begin) / 1e9);
  if (seconds <= 0) {
    printf("idle %.0f\n", connects);
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    for (;;) {
      struct epoll_event happened;
      if (epoll_wait(epoll, &happened, 1, -1) == 1) {
        if (happened.data.ptr == NULL) return 0;
        read_from(happened.data.ptr);
      }
    }
  }

  begin = now_ns();
  int64_t end = begin + (int64_t)(seconds * 1e9);
  while (now_ns() < end) {
    int64_t open = sent - delivered / total;
    // A half-empty window is filled in one go: clicks come in bursts.
    if (open <= window / 2) click(window > 1 ? window / 2 : 1);
    turn(10);
  }
  int64_t seen = -1;
  int64_t stop = now_ns();
  while (delivered < sent * total && now_ns() - stop < 2000000000) {
    if (seen != delivered) stop = now_ns();
    seen = delivered;
    turn(10);
  }
  double took = (double)(stop - begin) / 1e9;
  qsort(samples, sample_count, sizeof *samples, by_size);
  printf("RESULT %.0f %.0f %lld %.1f %.1f\n", connects, (double)delivered / took,
         (long long)(sent * total - delivered), sample_count ? samples[sample_count / 2] : 0,
         sample_count ? samples[sample_count * 99 / 100] : 0);
  return 0;
}
