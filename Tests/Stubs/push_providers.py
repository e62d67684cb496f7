"""Push providers for tests: Firebase and browsers' push service (below /web/) over HTTP/1.1, Apple over HTTP/2 with prior
knowledge, all on one free port.

Prints "listening PORT". GET /log gives every push seen, as a JSON array; POST /mode changes the answers:
{"status": 503, "times": 2} for the next pushes, {"status": 503, "seconds": 5} for a while, {"gone": ["token"]} for good.
"""

import asyncio
import json
import time

import h2.config
import h2.connection
import h2.events

seen, gone = [], set()
mode = {"status": 200, "times": 0, "until": 0.0}


def judge(record):
    """Notes a push and decides its status."""
    record["at"] = time.time()
    status = 200
    if mode["times"] > 0:
        mode["times"] -= 1
        status = mode["status"]
    elif time.time() < mode["until"]:
        status = mode["status"]
    elif record["token"] in gone:
        status = 410 if record["provider"] == "apns" else 404
    record["status"] = status
    seen.append(record)
    return status


def change(body):
    wanted = json.loads(body)
    gone.update(wanted.get("gone", []))
    if "status" in wanted:
        mode["status"] = wanted["status"]
        mode["times"] = wanted.get("times", 0)
        mode["until"] = time.time() + wanted.get("seconds", 0)


class Provider(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer, self.http2, self.bodies, self.heads = transport, b"", None, {}, {}

    def data_received(self, data):
        if self.http2 is not None:
            return self.take_http2(data)
        self.buffer += data
        if self.buffer.startswith(b"PRI * HTTP/2.0"):
            self.http2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
            self.http2.initiate_connection()
            data, self.buffer = self.buffer, b""
            return self.take_http2(data)
        self.take_http1()

    def take_http1(self):
        while b"\r\n\r\n" in self.buffer:
            head, rest = self.buffer.split(b"\r\n\r\n", 1)
            lines = head.decode().split("\r\n")
            fields = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
            length = int(fields.get("content-length", 0))
            if len(rest) < length:
                return
            body, self.buffer = rest[:length], rest[length:]
            method, path, _ = lines[0].split(" ")
            status, answer = self.answer(method, path, fields, body)
            text = json.dumps(answer).encode()
            self.transport.write(
                b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text)
            )
            if fields.get("connection") == "close":
                self.transport.close()

    def answer(self, method, path, fields, body):
        if path == "/log":
            return 200, seen
        if path == "/mode":
            change(body)
            return 200, {}
        if path == "/token":
            return 200, {"access_token": "stub", "expires_in": 3600}
        if path.startswith("/web/"):
            record = {"provider": "web", "token": path, "collapse": fields["topic"], "data": {"bytes": len(body)}}
            return judge(record), {}
        message = json.loads(body)["message"]
        record = {"provider": "fcm", "token": message["token"], "data": message.get("data", {})}
        record["collapse"] = message["android"]["collapse_key"]
        return judge(record), {}

    def take_http2(self, data):
        for event in self.http2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self.heads[event.stream_id], self.bodies[event.stream_id] = dict(event.headers), b""
            elif isinstance(event, h2.events.DataReceived):
                self.bodies[event.stream_id] += event.data
                self.http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.answer_http2(event.stream_id)
        self.transport.write(self.http2.data_to_send())

    def answer_http2(self, stream):
        head, body = self.heads.pop(stream), self.bodies.pop(stream)
        record = {"provider": "apns", "token": head[":path"].rsplit("/", 1)[-1], "data": json.loads(body)}
        record["collapse"], record["type"] = head["apns-collapse-id"], head["apns-push-type"]
        status = judge(record)
        self.http2.send_headers(stream, [(":status", str(status))], end_stream=True)


async def main():
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0, backlog=1024)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
