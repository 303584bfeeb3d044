#!/bin/sh
# When a new pod is ready. A part of entrypoint.sh, which has its variables and the function say.
#
# A rollout takes away a pod that has files when this one is ready, which has none: without engines it could answer nothing. So it waits
# for them, for a minute at most, since the rollout has to go on without an engine that never starts. It waits once: from then on, and
# whenever the pod has files, it serves whatever becomes of the engines.
#
# nginx is not ready while there is the file `waiting`. In pods of before this script there is none.
# shellcheck disable=SC2154

waiting=$run/waiting
patience=${GATEWAY_PATIENCE:-60} # seconds

# uptime: seconds of a clock that nobody sets
uptime() {
  read -r seconds _ </proc/uptime
  echo "${seconds%.*}"
}

# prepare_waiting: before nginx starts. The cache outlives the container.
prepare_waiting() {
  rm -f "$waiting"
  [ -s "$config/awaited" ] || return 0
  [ -z "$(ls "$cache/modules" 2>/dev/null)" ] || return 0
  : >"$waiting"
  waits_until=$(($(uptime) + patience))
}

# silent: prints the first engine that does not answer, or nothing
silent() {
  while read -r url; do
    curl -sf -m 2 -g -o /dev/null --noproxy '*' --url "$url" || {
      echo "$url"
      return 0
    }
  done <"$config/awaited"
}

# wait_for_engines: is asked again and again; ends the waiting when all engines answer, or when its time is over
wait_for_engines() {
  [ -e "$waiting" ] || return 0
  # A config of an operator of before names none.
  absent=$(silent 2>/dev/null) || :
  if [ -n "$absent" ] && [ "$(uptime)" -lt "$waits_until" ]; then
    [ "$absent" = "${missed:-}" ] || say "is ready when an engine answers at $absent, or after $patience seconds"
    missed=$absent
    return 0
  fi
  [ -z "$absent" ] || say "is ready without an answer from $absent"
  rm -f "$waiting"
}
