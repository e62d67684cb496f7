"""A client of the live counter by another hand, of either generation of python-socketio.

usage: counter.py URL TRANSPORTS NAME    (transports divided by commas)

It names itself and clicks once per connect, says what it sees as lines of JSON, and comes back by itself when the
connection is lost; until it is told to stop.
"""

import inspect
import json
import signal
import sys
import threading

import socketio

url, transports, name = sys.argv[1:4]
client = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=0.5)
stopped = threading.Event()


def say(*words):
    # One write a line: the client calls each handler on a thread of its own.
    sys.stdout.write(json.dumps(words, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def clicked(*answer):
    say("ack", *answer)
    say("transport", client.transport())


@client.event
def connect():
    say("connect")
    client.emit("auth", name)
    client.emit("click", {"user": name, "comment": "😀 é", "style": None}, callback=clicked)


@client.event
def disconnect(*reason):
    say("disconnect")


for event in ["stats", "status", "click", "event", "message"]:
    client.on(event, lambda data, event=event: say(event, data))

signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())
# The older generation does not wait for its namespace.
patience = {"wait_timeout": 20} if "wait_timeout" in inspect.signature(client.connect).parameters else {}
client.connect(url, transports=transports.split(","), socketio_path="api/socket.io", **patience)
stopped.wait()
client.disconnect()
