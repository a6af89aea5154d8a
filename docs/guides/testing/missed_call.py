"""Python, without a package: control the emulator over HTTP. Argument: the address of its control port."""
import json
import sys
from urllib.request import Request, urlopen

control = sys.argv[1] + "/emulator"


def ask(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(control + path, data=data, method=method)) as response:
        return json.load(response)


ask("PUT", "/users/bob", {"whenCalled": {"after": "3s", "do": "reject"}})
call_id = ask("POST", "/users/alice", {"call": ["bob"]})["callId"]
ask("POST", "/clock", {"advance": "3s"})

record = next(one for one in ask("GET", "/records") if one["CallId"] == call_id)
assert record["CallResult"] == "Reject", record
assert [one["command"] for one in ask("GET", "/webhooks?callId=" + call_id)] == [
    "Call.CallbackAfterStartCall",
    "Call.CallbackAfterMemberChanged",
    "Call.CallbackAfterEndCall",
]
print("ok")
