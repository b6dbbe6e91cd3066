# shellcheck shell=sh
# Sourced by the scripts beside it, from the repository's root: installs packages and builds the product when needed.

say() { printf '%s\n' "ragtime: $*"; }
fail() { printf '%s\n' "ragtime: $*" >&2; exit 1; }

# The runtime is a package of the project (Node 24), so that any Node from 20 on can install it.
use_project_node() { PATH="$PWD/node_modules/.bin:$PATH"; export PATH; }

require_npm() {
  command -v node >/dev/null 2>&1 || fail 'Node.js is missing: install any version from 20 on, with npm.'
  command -v npm >/dev/null 2>&1 || fail 'npm is missing: install it beside Node.js.'
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Node.js $(node -v) is too old: install any version from 20 on."
}

# A stamp holds the checksum of what a step was last run with, so that a second start takes no time.
stamp_is() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

install_packages() {
  require_npm
  lock=$(cksum < package-lock.json)
  if ! stamp_is node_modules/.ragtime-lock "$lock"; then
    say 'installing packages (about a minute the first time)'
    log=$(mktemp)
    npm ci --no-audit --no-fund --loglevel=error > "$log" 2>&1 || { cat "$log" >&2; fail 'npm ci failed: see above.'; }
    rm -f "$log"
    printf '%s' "$lock" > node_modules/.ragtime-lock
  fi
  use_project_node
  case "$(node -v)" in v24.*) ;; *) fail "expected Node 24 from the project's packages, found $(node -v): run npm ci without --omit=optional." ;; esac
}

build_product() {
  sources=$(find app.vue error.vue app.config.ts nuxt.config.ts package-lock.json pages components composables layouts \
    middleware assets public server shared modules samples docs script/build-model.ts script/model -type f -print 2>/dev/null \
    | LC_ALL=C sort | xargs cksum | cksum)
  if [ ! -f .output/server/index.mjs ] || ! stamp_is .output/.ragtime-sources "$sources"; then
    say 'building (about a minute the first time)'
    log=$(mktemp)
    npm run --silent build > "$log" 2>&1 || { cat "$log" >&2; fail 'the build failed: see above.'; }
    rm -f "$log"
    printf '%s' "$sources" > .output/.ragtime-sources
  fi
}
