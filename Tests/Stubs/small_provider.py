"""Firebase as a small server for tests: Python's own, a connection for each request, of which five wait to be accepted.

Prints "listening PORT". GET /log gives every push seen, as a JSON array.
"""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen = []


class Provider(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(seen)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":
            return self.answer({"access_token": "stub", "expires_in": 3600})
        message = json.loads(body)["message"]
        seen.append({
            "provider": "fcm", "token": message["token"], "data": message.get("data", {}), "status": 200, "at": time.time(),
            "collapse": message["android"]["collapse_key"],
        })
        self.answer({})

    def answer(self, value):
        text = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
print("listening", server.server_port, flush=True)
server.serve_forever()
