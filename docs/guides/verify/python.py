# A receiver of Ringback's webhooks. Python 3.8 or newer, standard library only.
# RINGBACK_WEBHOOK_SECRET: one or more secrets, with blanks between. PORT: where it listens, 0 for any free port.
import base64
import hashlib
import hmac
import json
import os
import threading
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRETS = os.environ.get("RINGBACK_WEBHOOK_SECRET", "").split()
TOLERANCE = 300
MOST_BYTES = 1024 * 1024


# guide:begin
def verify(headers, body: bytes) -> bool:
    """Whether Ringback has sent this body, and not long ago. `headers.get` takes names in any case."""
    event_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not event_id or not timestamp.isdigit():
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    signed = f"{event_id}.{timestamp}.".encode() + body
    given = headers.get("webhook-signature", "").encode().split(b" ")
    # Several secrets and several signatures: one pair that fits is enough. That is how secrets are rotated.
    for secret in SECRETS:
        key = base64.b64decode(secret[len("whsec_"):] if secret.startswith("whsec_") else secret)
        expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        if any(hmac.compare_digest(expected, one) for one in given):
            return True
    return False
# guide:end


# The newest ids that were handled; a database with a unique key does this better, and across restarts.
seen: "OrderedDict[str, None]" = OrderedDict()
lock = threading.Lock()


def first_time(event_id: str) -> bool:
    with lock:
        if event_id in seen:
            return False
        seen[event_id] = None
        if len(seen) > 10_000:
            seen.popitem(last=False)
        return True


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True
            return self.answer(413, {"error": "too large"})
        body = self.rfile.read(int(length))
        if not verify(self.headers, body):
            return self.answer(401, {"error": "not signed by Ringback"})
        event_id = self.headers["webhook-id"]
        event = json.loads(body)
        call = event.get("CallInfo") or event.get("CallRecord") or event
        if first_time(event_id):
            print(event_id, event["CallbackCommand"], call["CallId"], flush=True)
        else:
            print("duplicate", event_id, flush=True)
        return self.answer(200, {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0})

    def do_GET(self) -> None:
        self.answer(405, {"error": "POST only"})

    def log_message(self, *args) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Receiver)
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()
