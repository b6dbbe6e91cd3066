#!/bin/sh
# Writes nginx's configuration from the template beside this script, and makes the folders it names. Run it as the user
# that nginx runs as.
#
#   NGINX_PORT            8080                  port for visitors
#   NGINX_METRICS_PORT    9091                  port for the platform's scraper; serves /metrics alone, never publish it
#   NGINX_RUN_DIR         /run/ragtime          folder of the app's socket app.sock and of nginx.pid
#   NGINX_PUBLIC_DIR      /app/.output/public   the built files
#   NGINX_TEMP_DIR        /tmp/nginx            request bodies, the page cache
#   NGINX_MODULES_DIR     /usr/lib/nginx/modules
#   NGINX_WORKERS         2                     worker processes
#   RAGTIME_TRUSTED_PROXY (empty)               who may say where a request came from:
#     (empty)  nobody: the address of the connection is the visitor's
#     fly      Fly's proxy, by Fly-Client-IP. It reaches a machine over the machine's private link, an address of
#              172.16.0.0/12, and over the private network of the organisation, fdaa::/16. The public reaches neither;
#              other machines of the same organisation do, and are believed.
#     CIDR …   proxies with these addresses, separated by commas or spaces, by X-Forwarded-For: the last entry that is
#              not one of theirs
set -eu

usage() {
  cat <<'TEXT'
Usage: render.sh OUT_FILE
Writes nginx's configuration to OUT_FILE from environment variables; the head of the script lists them.
TEXT
}
fail() { printf '%s\n' "render.sh: $*" >&2; exit 1; }

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
  '') usage >&2; exit 2 ;;
esac
[ $# -eq 1 ] || { usage >&2; exit 2; }
out=$1
here=$(cd "$(dirname "$0")" && pwd)

port=${NGINX_PORT:-8080}
metrics_port=${NGINX_METRICS_PORT:-9091}
run_dir=${NGINX_RUN_DIR:-/run/ragtime}
public_dir=${NGINX_PUBLIC_DIR:-/app/.output/public}
temp_dir=${NGINX_TEMP_DIR:-/tmp/nginx}
modules_dir=${NGINX_MODULES_DIR:-/usr/lib/nginx/modules}
workers=${NGINX_WORKERS:-2}
trusted=${RAGTIME_TRUSTED_PROXY:-}

# All of it ends up in a configuration file, so nothing may be in it that means something there.
require_port() {
  case "$2" in '' | *[!0-9]*) fail "$1 must be a port, not \"$2\"" ;; esac
  if [ "$2" -lt 1 ] || [ "$2" -gt 65535 ]; then fail "$1 must be a port, not \"$2\""; fi
}
require_path() {
  case "$2" in
    /*) ;;
    *) fail "$1 must be an absolute path, not \"$2\"" ;;
  esac
  case "$2" in *[!A-Za-z0-9/._-]*) fail "$1 may hold letters, digits and / . _ - only, not \"$2\"" ;; esac
}
require_port NGINX_PORT "$port"
require_port NGINX_METRICS_PORT "$metrics_port"
[ "$port" != "$metrics_port" ] || fail 'NGINX_PORT and NGINX_METRICS_PORT must differ'
require_path NGINX_RUN_DIR "$run_dir"
require_path NGINX_PUBLIC_DIR "$public_dir"
require_path NGINX_TEMP_DIR "$temp_dir"
require_path NGINX_MODULES_DIR "$modules_dir"
require_path "the script's folder" "$here"
case "$workers" in auto | [1-9] | [1-9][0-9]) ;; *) fail "NGINX_WORKERS must be a number or auto, not \"$workers\"" ;; esac
[ -d "$public_dir" ] || fail "NGINX_PUBLIC_DIR $public_dir is not there: build the product first"
[ -f "$modules_dir/ngx_http_brotli_static_module.so" ] || fail "nginx's brotli module is not in $modules_dir: install libnginx-mod-http-brotli-static"

networks=''
case "$trusted" in
  '') header='' ;;
  fly) header=Fly-Client-IP networks='172.16.0.0/12 fdaa::/16' ;;
  *) header=X-Forwarded-For networks=$(printf '%s' "$trusted" | tr ',' ' ') ;;
esac
real_ip='' proxy_networks=''
set -f
for network in $networks; do
  case "$network" in
    *[!0-9a-fA-F.:/]* | /* | */ | */*/*) fail "RAGTIME_TRUSTED_PROXY must be empty, \"fly\" or a list of networks such as 10.0.0.0/8, not \"$trusted\"" ;;
    *.*.*.* | *:*) ;;
    *) fail "RAGTIME_TRUSTED_PROXY must be empty, \"fly\" or a list of networks such as 10.0.0.0/8, not \"$trusted\"" ;;
  esac
  real_ip="$real_ip set_real_ip_from $network;"
  proxy_networks="$proxy_networks $network 1;"
done
set +f
[ -z "$header" ] || [ -n "$real_ip" ] || fail 'RAGTIME_TRUSTED_PROXY names no network'
[ -z "$header" ] || real_ip="real_ip_header $header; real_ip_recursive on;$real_ip"

# A machine without IPv6 cannot listen on it.
listen_on() {
  printf 'listen %s;' "$1"
  [ ! -s /proc/net/if_inet6 ] || printf ' listen [::]:%s;' "$1"
}

mkdir -p "$run_dir" "$temp_dir" || fail "cannot make $run_dir and $temp_dir"
sed -e "s|@LISTEN@|$(listen_on "$port")|" -e "s|@METRICS_LISTEN@|$(listen_on "$metrics_port")|" \
  -e "s|@RUN_DIR@|$run_dir|g" -e "s|@PUBLIC_DIR@|$public_dir|g" -e "s|@TEMP_DIR@|$temp_dir|g" \
  -e "s|@MODULES_DIR@|$modules_dir|g" -e "s|@HERE@|$here|g" -e "s|@WORKERS@|$workers|" \
  -e "s|@REAL_IP@|$real_ip|" -e "s|@PROXY_NETWORKS@|$proxy_networks|" \
  "$here/nginx.conf.template" > "$out" || fail "cannot write $out"
