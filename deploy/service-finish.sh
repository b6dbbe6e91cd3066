#!/bin/sh
# Called in a service's folder when it has ended: $1 exit code (256: killed by signal $2), $3 name of the service.
# s6 starts it again a second later, unless this ends with 125.
run_dir=/run/ragtime

log() { # level, message
  printf '{"time":"%s","level":"%s","message":"%s","service":"%s","code":%d,"signal":%d}\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$2" "$service" "$code" "$signal"
}
stop_container() { # exit code
  echo "$1" > "$run_dir/exit-code"
  : > "$run_dir/stopping"
  s6-svscanctl -t "$run_dir/service"
  exit 125
}

code=$1 signal=$2 service=$3
# What a killed parent leaves goes on for itself: nginx's workers would keep the port and block the next master.
kill -KILL "-$(cat pgid)" 2>/dev/null || true
[ ! -e "$run_dir/stopping" ] || exit 0

# The server said what is wrong with its settings or its data: starting again would only say it again (EX_CONFIG).
[ "$code" != 78 ] || stop_container 78

# It fails again and again: the platform may have a better place for it. In a minute, so that a rare death costs nothing.
if ! s6-permafailon 60 5 0-255,SIGABRT,SIGBUS,SIGFPE,SIGILL,SIGKILL,SIGSEGV,SIGTERM true 2>/dev/null; then
  log error 'ended 5 times within a minute: the container stops'
  stop_container 1
fi
log warn 'ended and is started again'
