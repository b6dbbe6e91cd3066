# shellcheck shell=sh
# Sourced by the wrappers of operators' programs: run_command NAME ARGUMENTS… runs server/commands/NAME.ts, from its
# source in a checkout and from the build in the image. Set app_root to the folder that holds script/ first.

fail() { printf '%s\n' "ragtime: $*" >&2; exit 1; }

run_command() {
  name=$1
  shift
  source="$app_root/server/commands/$name.ts"
  built="$app_root/.output/server/commands/$name.mjs"
  if [ -f "$source" ] && [ -d "$app_root/node_modules" ]; then
    # The project's own Node: the system's may be too old to run TypeScript.
    PATH="$app_root/node_modules/.bin:$PATH"
    program=$source
  elif [ -f "$built" ]; then
    program=$built
  elif [ -f "$source" ]; then
    fail 'the packages are missing: run script/setup-local first.'
  else
    fail "there is no program $name in $app_root."
  fi
  command -v node >/dev/null 2>&1 || fail 'Node.js is missing: install any version from 20 on, with npm.'
  RAGTIME_DATA_DIR=${RAGTIME_DATA_DIR:-$(default_data_dir)}
  export PATH RAGTIME_DATA_DIR
  exec_as_owner "$RAGTIME_DATA_DIR" node "$program" "$@"
}

# The image's variable says /data, but not every shell that a platform opens has the image's variables.
default_data_dir() {
  if [ ! -d "$app_root/.data" ] && [ -f /data/ragtime.db ]; then echo /data; else echo "$app_root/.data"; fi
}

# exec_as_owner FOLDER COMMAND…: a shell in the container is root's, and what root writes beside the database the server
# could not open. So root becomes the user who owns the data.
exec_as_owner() {
  folder=$1
  shift
  if [ "$(id -u)" = 0 ] && [ -d "$folder" ] && command -v setpriv >/dev/null 2>&1; then
    owner=$(stat -c %u "$folder")
    [ "$owner" = 0 ] || exec setpriv --reuid="$owner" --regid="$(stat -c %g "$folder")" --clear-groups --no-new-privs "$@"
  fi
  exec "$@"
}
