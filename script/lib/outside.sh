# shellcheck shell=sh
# Sourced by the scripts that call other services' programs: finds Fly's, and bounds every call.

# limit SECONDS COMMAND…: ends a command that takes longer, with a code that is not 0. GNU's timeout is not on every machine.
limit() {
  seconds=$1
  shift
  if command -v timeout >/dev/null 2>&1; then
    timeout "$seconds" "$@"
  else
    perl -e 'alarm shift; exec @ARGV or exit 127' "$seconds" "$@"
  fi
}

# Sets $fly to Fly's program, which is installed under two names.
find_fly() {
  fly=''
  for candidate in flyctl fly; do
    if command -v "$candidate" >/dev/null 2>&1; then fly=$candidate; return 0; fi
  done
  return 1
}

# The app's name: from --app, which the caller has put into $app, or from fly.toml.
app_name() {
  [ -n "${app:-}" ] && { printf '%s' "$app"; return 0; }
  sed -n 's/^app *= *"\(.*\)"$/\1/p' fly.toml
}
