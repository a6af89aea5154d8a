#!/bin/sh
# Backs up, and brings back, a Ringback that keeps everything in PostgreSQL. docs/guides/backup.md says when to use what.
#
#   postgres.sh dump    <file>   copies the database as it is at one moment into a new file, while servers go on
#   postgres.sh restore <file>   puts such a copy into an empty database
#
# The URL of the database is in RINGBACK_DATABASE or, where that is not set, in the file that RINGBACK_DATABASE_FILE names.
# Needs pg_dump, pg_restore and psql of the version of the server, or newer.
set -eu
# It holds keys.
umask 077

fail() {
  echo "error: $1" >&2
  exit 1
}

# %41 → A
decode() {
  printf '%s' "$1" | LC_ALL=C awk '
    BEGIN { digits = "0123456789abcdef" }
    {
      out = ""
      while (match($0, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
        hex = tolower(substr($0, RSTART + 1, 2))
        out = out substr($0, 1, RSTART - 1) sprintf("%c", (index(digits, substr(hex, 1, 1)) - 1) * 16 + index(digits, substr(hex, 2, 1)) - 1)
        $0 = substr($0, RSTART + 3)
      }
      printf "%s", out $0
    }'
}

[ $# -eq 2 ] || fail 'say "dump <file>" or "restore <file>".'
action=$1
file=$2

# As the server reads them: what is said itself counts before what a file says, and an empty one beside a file is refused.
url=${RINGBACK_DATABASE-}
if [ -z "${RINGBACK_DATABASE+set}" ] && [ -n "${RINGBACK_DATABASE_FILE:-}" ]; then
  url=$(cat "$RINGBACK_DATABASE_FILE") || fail 'the file that RINGBACK_DATABASE_FILE names cannot be read.'
fi
[ -n "$url" ] || fail 'name the database with RINGBACK_DATABASE or RINGBACK_DATABASE_FILE.'
case $url in
  postgres://* | postgresql://*) ;;
  *) fail 'the URL of the database must begin with postgres://.' ;;
esac

# Everybody on the machine sees the command lines of programs, so the password goes by the environment.
rest=${url#*://}
authority=${rest%%/*}
case $authority in
  *@*)
    user=${authority%@*}
    case $user in
      *:*)
        PGPASSWORD=$(decode "${user#*:}")
        export PGPASSWORD
        url="postgres://${user%%:*}@${authority##*@}${rest#"$authority"}"
        ;;
    esac
    ;;
esac

case $action in
  dump)
    [ ! -e "$file" ] || fail "$file exists. Name another file."
    trap 'rm -f "$file.partial"' EXIT
    pg_dump --format=custom --no-owner --no-privileges --lock-wait-timeout=30s --file="$file.partial" "$url"
    # That it can be read from end to end, and that it is ours.
    pg_restore --list "$file.partial" | grep -q ' TABLE DATA .* ringback_migrations ' ||
      fail 'the database is none of Ringback.'
    pg_restore --file=/dev/null "$file.partial"
    sync "$file.partial"
    mv "$file.partial" "$file"
    echo "$file, $(wc -c <"$file" | tr -d ' ') bytes, complete and readable."
    ;;
  restore)
    [ -f "$file" ] || fail "there is no file $file."
    pg_restore --list "$file" | grep -q ' TABLE DATA .* ringback_migrations ' || fail "$file is no copy of a Ringback."
    tables=$(psql -XAtqc "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()" "$url")
    [ "$tables" -eq 0 ] ||
      fail 'the database is not empty. Make a new one (CREATE DATABASE …) and restore into that; nothing was changed.'
    # All of it or nothing.
    pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$url" "$file"
    # What the planner knows is not in a copy.
    psql -Xqc 'ANALYZE' "$url"
    echo "Restored, with $(psql -XAtqc 'SELECT count(*) FROM records' "$url") records. Start the servers on it."
    ;;
  *) fail 'say "dump <file>" or "restore <file>".' ;;
esac
