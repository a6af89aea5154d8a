#!/bin/sh
# Nothing but HTTP. Argument: the address of the control port.
set -eu
emulator="$1/emulator"

curl -sf "$emulator/users/bob" -X PUT -d '{"whenCalled": {"after": "2s", "do": "answer"}}'
curl -sf "$emulator/users/alice" -d '{"call": ["bob"]}'
curl -sf "$emulator/clock" -d '{"advance": "62s"}'
curl -sf "$emulator/users/alice" -d '"hangUp"'
curl -sf "$emulator/records" | grep -q '"CallResult":"NormalEnd"'
echo ok
