"""Socket.IO clients that reach the gateways through a proxy.

usage: sticky.py PORT TRANSPORTS CLIENTS   (transports: polling, websocket, or both with a comma)
Each keeps a session of the counter for some polls and tells its name; prints one word per client, ok or what went wrong.
"""

import sys
import threading

import socketio

port, transports, count = int(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
results = [None] * count


def talk(number):
    client = socketio.Client(reconnection=False)
    acknowledged = threading.Event()
    try:
        client.connect(f"http://127.0.0.1:{port}", socketio_path="/api/socket.io", transports=transports, wait_timeout=20)
        for step in range(6):
            acknowledged.clear()
            client.emit("auth", f"client{number}x{step}", callback=lambda *_: acknowledged.set())
            if not acknowledged.wait(20):
                raise TimeoutError(f"no acknowledgement of step {step}")
        if client.transport() != transports[-1]:
            raise RuntimeError(f"stayed with {client.transport()}")
        results[number] = "ok"
    except Exception as error:  # whatever it is, the test shows it
        results[number] = f"{type(error).__name__}: {error}"
    finally:
        client.disconnect()


threads = [threading.Thread(target=talk, args=(number,)) for number in range(count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("\n".join(results))
