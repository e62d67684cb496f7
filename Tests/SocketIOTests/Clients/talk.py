"""Talks to the echo server with python-socketio of either generation: talk.py PORT TRANSPORT[,TRANSPORT].

Ends with 0 when every answer was right, else says what was not. Empty blobs are left out: the older client reads them
as nothing at all.
"""

import os
import sys
import threading

import socketio

port, transports = sys.argv[1], sys.argv[2].split(",")


def check(holds, complaint):
    if not holds:
        print(str(complaint)[:2000], flush=True)
        # At once: the client's threads would keep the process.
        os._exit(1)


client = socketio.Client(reconnection=False)
custom, back = threading.Event(), threading.Event()
seen = {"auth": [], "back": []}


@client.on("auth")
def auth(data):
    seen["auth"].append(data)


@client.on("auth", namespace="/custom")
def auth_custom(data):
    custom.set()


@client.on("message-back")
def message_back(*arguments):
    seen["back"].append(arguments)
    back.set()


url = f"http://127.0.0.1:{port}"
client.connect(url, transports=transports, namespaces=["/", "/custom"], socketio_path="patient")
check(custom.wait(5), "no event of the other namespace")
check(client.transport() == transports[-1], client.transport())

payload = ("1€😀", 2, {"3": [True, None]}, b"\x01\x02", [b"\x00", b"\xff" * 3000])
client.emit("message", payload)
check(back.wait(5), "no event came back")
check(seen["back"] == [payload], seen)

# Several heartbeats of the server's 300 ms pass; the connection must outlive them.
for number in range(8):
    check(client.call("message-with-ack", (number, b"x"), timeout=5) == (number, b"x"), "another acknowledgement")
    client.sleep(0.2)
check(seen["auth"] == [{}], seen)
client.disconnect()
check(client.eio.state == "disconnected", client.eio.state)
os._exit(0)
