"""Holds connections to a server open: idle ones that were served once, and ones whose request never ends.

usage: crowd.py HOST PORT IDLE HALF    Prints one line when all stand, then keeps them standing until its input ends.
A connection that the server closes is made anew, as a crowd of clients would.
"""
import resource
import selectors
import socket
import sys

host, port, idle, half = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
selector = selectors.DefaultSelector()
lost = 0


def stand(whole):
    """One more connection; a whole request is answered before this returns."""
    stream = socket.create_connection((host, port))
    stream.sendall(b"GET / HTTP/1.1\r\nHost: crowd\r\n" + (b"\r\n" if whole else b"X-Slow: "))
    if whole:
        stream.recv(4096)
    stream.setblocking(False)
    selector.register(stream, selectors.EVENT_READ, whole)


for _ in range(idle):
    stand(True)
for _ in range(half):
    stand(False)
print(f"{idle} idle, {half} half sent", flush=True)
selector.register(sys.stdin, selectors.EVENT_READ, None)
while True:
    for key, _ in selector.select():
        if key.fileobj is sys.stdin:
            sys.exit(f"{lost} were closed by the server and made anew" if lost else 0)
        try:
            if key.fileobj.recv(4096):
                continue
        except OSError:
            pass
        selector.unregister(key.fileobj)
        key.fileobj.close()
        lost += 1
        stand(key.data)
