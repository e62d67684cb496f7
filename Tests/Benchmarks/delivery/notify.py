"""How fast notices for tomorrow are accepted, each committed before its reply. usage: notify.py HOST PORT COUNT WAITING"""

import socket
import sys
import time
import uuid

host, port, count, waiting = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
tomorrow = time.time() + 86_400
run = uuid.uuid4().hex[:8]
trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
lines = [
    b'{"call":"delivery.notify","id":%d,"timeout":60000,"trace":"%s","key":"bench:%s:%d","body":{"to":"%s","title":"Event '
    b'Scheduled","body":"Dinner: Friday at eight","data":{"type":"active","event_id":"7"},"notBefore":%.3f}}\n'
    % (n, trace.encode(), run.encode(), n, str(uuid.uuid4()).encode(), tomorrow)
    for n in range(1, count + 1)
]
bus = socket.create_connection((host, port))
bus.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
assert b'"hello"' in bus.recv(65536)
begun = time.monotonic()
bus.sendall(b"".join(lines[:waiting]))
sent, answered = min(waiting, count), 0
while answered < count:
    chunk = bus.recv(1 << 20)
    assert chunk and b'"error"' not in chunk, chunk
    came = chunk.count(b'"reply"')
    answered += came
    bus.sendall(b"".join(lines[sent : sent + came]))
    sent += came
print(f"{count / (time.monotonic() - begun):.0f}")
