// What the load client and the raw server share: descriptors, the clock, and frames small enough for a short header.
#pragma once

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline void raise_descriptor_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static inline struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

// One text frame; a client's is masked with zeros, which leaves the text readable. Gives its length.
static inline size_t make_frame(uint8_t *frame, const char *text, size_t length, bool masked) {
  size_t at = 0;
  frame[at++] = 0x81;
  if (length < 126) {
    frame[at++] = (uint8_t)(length | (masked ? 0x80 : 0));
  } else {
    frame[at++] = (uint8_t)(126 | (masked ? 0x80 : 0));
    frame[at++] = (uint8_t)(length >> 8);
    frame[at++] = (uint8_t)length;
  }
  if (masked) at = (memset(frame + at, 0, 4), at + 4);
  memcpy(frame + at, text, length);
  return at + length;
}

// The next frame in the bytes: its whole length, and where its content lies; 0 when it is not all there.
static inline size_t next_frame(const uint8_t *bytes, size_t count, const uint8_t **text, size_t *length) {
  if (count < 2) return 0;
  size_t size = bytes[1] & 0x7F, head = 2 + ((bytes[1] & 0x80) ? 4 : 0);
  if (size == 127) fail("a frame of this size");
  if (size == 126) {
    if (count < 4) return 0;
    size = (size_t)bytes[2] << 8 | bytes[3];
    head += 2;
  }
  if (count < head + size) return 0;
  *text = bytes + head;
  *length = size;
  return head + size;
}
