#!/bin/sh
# Makes the passwords of three-nodes.yaml, once, in deploy/compose/secrets (or in the folder that is named).
set -eu
umask 077

folder=${1:-$(dirname "$0")/secrets}
if [ -e "$folder" ]; then
  echo "$folder exists. The passwords in it are those of the database: remove it only together with that." >&2
  exit 1
fi

password() {
  head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n'
}
postgres=$(password)
redis=$(password)

mkdir -p "$folder"
printf '%s' "$postgres" > "$folder/postgres-password"
printf 'postgres://ringback:%s@postgres:5432/ringback' "$postgres" > "$folder/database-url"
printf 'redis://:%s@redis:6379' "$redis" > "$folder/redis-url"
# Nothing in it has to outlive it, so that it writes nothing; full, it refuses instead of forgetting.
printf 'requirepass %s\nsave ""\nappendonly no\nmaxmemory 256mb\nmaxmemory-policy noeviction\n' "$redis" > "$folder/redis.conf"
# The users of the containers are not yours; the folder keeps everybody else out.
chmod 444 "$folder"/*
echo "$folder has the passwords now. Keep it out of version control, and in your backups."
