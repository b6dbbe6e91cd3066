#!/bin/sh
# Starts the container: takes ownership of /data when it runs as root, becomes the user "node", writes nginx's
# configuration and hands over to s6, which then is process 1. With arguments it runs those instead.
set -eu

run_dir=/run/ragtime

fail() { echo "ragtime: $*" >&2; exit 1; }

case "${1:-}" in
  -h|--help)
    echo 'usage: entrypoint.sh [COMMAND [ARGUMENT...]]'
    echo 'Without a command: serves Ragtime on port 8080, with its data in /data. Settings are environment variables.'
    exit 0 ;;
esac

if [ "$(id -u)" = 0 ]; then
  # A new volume belongs to root. The folder alone: what is in it was written by this user.
  data=${RAGTIME_DATA_DIR:-/data}
  mkdir -p "$data"
  [ "$(stat -c %U "$data")" = node ] || chown node:node "$data" || fail "cannot give $data to the user node: make it writable for user id 1000."
  # As above; anybody may make folders in the image's own /run, but a tmpfs in its place is often root's.
  if [ ! -d "$run_dir" ]; then mkdir -m 0700 "$run_dir" && chown node:node "$run_dir"; fi
  exec setpriv --reuid=node --regid=node --init-groups --no-new-privs -- "$0" "$@"
fi

# Documents are nobody's business but this user's.
umask 077
# The default of some hosts is 1024, which event streams use up; of others a billion, which takes programs long to close.
# shellcheck disable=SC3045  # Debian's sh has it
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"

[ $# -eq 0 ] || exec "$@"

[ -w "${RAGTIME_DATA_DIR:-/data}" ] || fail "user $(id -u) cannot write to ${RAGTIME_DATA_DIR:-/data}: start the container as root, or give the volume to this user."
mkdir -p "$run_dir" 2>/dev/null || true
[ -w "$run_dir" ] || fail "user $(id -u) cannot write to $run_dir: mount a tmpfs on /run that this user may write to."

/app/deploy/nginx/render.sh "$run_dir/nginx.conf"
# Links, not copies: a tmpfs is often mounted so that nothing on it may be executed.
rm -rf "$run_dir/service" "$run_dir/exit-code" "$run_dir/stopping"
cp -rs /app/deploy/s6 "$run_dir/service"
exec s6-svscan "$run_dir/service"
