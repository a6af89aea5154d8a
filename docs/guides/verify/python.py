# A receiver of Ringback's webhooks. Python 3.8 or newer, standard library only.
# RINGBACK_WEBHOOK_SECRET: one secret, or several with blanks between while you rotate. PORT: 0 for any free one.
# RINGBACK_SDKAPPID: your application, when there is more than one.
import base64
import hmac
import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


# guide:begin
def keys_of(secrets):
    """The keys of `whsec_…` secrets. A key is what the base64 says, not the text of the secret."""
    return [base64.b64decode(re.sub("^whsec_", "", secret)) for secret in secrets.split()]


def verify(headers, body, keys):
    """Whether Ringback signed this, at most five minutes ago. `body` is bytes as they came, not yet parsed."""
    event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not event_id or not re.fullmatch("[0-9]{1,12}", timestamp) or abs(time.time() - int(timestamp)) > 300:
        return False
    signed = f"{event_id}.{timestamp}.".encode() + body
    # During a rotation there are several signatures, and here several keys: one pair that fits is enough.
    expected = [b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256")) for key in keys]
    # compare_digest refuses text that is not ASCII, but takes any bytes.
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(one, other) for one in expected for other in given)
# guide:end


MAX_BODY, MAX_SEEN = 1024 * 1024, 10_000
KEYS = keys_of(os.environ.get("RINGBACK_WEBHOOK_SECRET", ""))
APP_ID = os.environ.get("RINGBACK_SDKAPPID")
seen = {}  # The newest ids. Yours belong into a database, in one transaction with what you make of the event.
lock = threading.Lock()


def is_first(event_id):
    with lock:
        if event_id in seen:
            return False
        seen[event_id] = True
        if len(seen) > MAX_SEEN:
            del seen[next(iter(seen))]
        return True


class Receiver(BaseHTTPRequestHandler):
    timeout = 10  # s without a byte

    def receive(self):
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_BODY:
            for _ in range(min(length, 8 * MAX_BODY) // 65_536):
                self.rfile.read(65_536)  # Dropped: a sender that is cut off sees no answer.
            return 413, "the body is too long"
        body = self.rfile.read(max(length, 0))
        if not verify(self.headers, body, KEYS):
            return 401, "the signature or the time is wrong"
        if APP_ID and parse_qs(urlsplit(self.path).query).get("SdkAppid") != [APP_ID]:
            return 403, "this is another application"
        event, event_id = json.loads(body), self.headers["webhook-id"]
        call = event.get("CallInfo") or event.get("CallRecord") or event
        # Ringback waits 5 s for the answer: what is slow goes into a queue here.
        line = f"{event_id} {event['CallbackCommand']} {call['CallId']}"
        # The end of the line is in the text, else the lines of two threads may run together.
        print((line if is_first(event_id) else f"duplicate {event_id}") + "\n", end="", flush=True)
        return 200, ""

    def answer(self):
        status, info = self.receive() if self.command == "POST" else (405, "use POST")
        state, code = ("OK", 0) if status == 200 else ("FAIL", status)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"ActionStatus": state, "ErrorInfo": info, "ErrorCode": code}).encode())

    do_POST = do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer


if not KEYS or min(map(len, KEYS)) < 24:  # With an empty key anybody could sign.
    sys.exit("Set RINGBACK_WEBHOOK_SECRET to the whsec_… of your endpoint.")
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "3000"))), Receiver)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
