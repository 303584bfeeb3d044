# Progress, waiting, and processes that are known by pid and birth. Sourced after settings.sh.
# shellcheck shell=bash

STARTED=${EPOCHREALTIME/[.,]/}

# say TEXT: a progress line with the seconds since the script began.
say() {
  local tenths=$(((${EPOCHREALTIME/[.,]/} - STARTED) / 100000))
  printf '%4d.%ds  %s\n' $((tenths / 10)) $((tenths % 10)) "$*"
}

# die TEXT: ends the script with status 1.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

need_root() {
  [[ $EUID == 0 ]] || die 'must run as root: it makes network bridges, mounts and control groups'
}

# lock: one up.sh or down.sh at a time. File descriptor 9 holds it; process_start closes it for the daemons.
lock() {
  mkdir -p "$DIR"
  exec 9>"$DIR/lock"
  if ! flock --nonblock 9; then
    say 'another up.sh or down.sh is at work, waiting for it'
    flock 9
  fi
}

# wait_for WHAT SECONDS PROCESS COMMAND...: until COMMAND succeeds. Fails at once when PROCESS (or `-`) has ended, and
# says every 5 seconds what it waits for.
wait_for() {
  local what=$1 limit=$2 process=$3 begin=$SECONDS next=$((SECONDS + 5))
  shift 3
  until "$@" >/dev/null 2>&1; do
    if [[ $process != - ]] && ! process_alive "$process"; then
      show_log_end "$process"
      say "$process ended while waiting for $what"
      return 1
    fi
    if ((SECONDS >= begin + limit)); then
      [[ $process == - ]] || show_log_end "$process"
      say "gave up waiting for $what after $limit s"
      return 1
    fi
    if ((SECONDS >= next)); then
      say "  waiting for $what ($((SECONDS - begin)) s of at most $limit s)"
      next=$((SECONDS + 5))
    fi
    sleep 0.2
  done
}

show_log_end() {
  printf -- '---- the end of %s/%s.log\n' "$LOGS" "$1" >&2
  tail -n 8 "$LOGS/$1.log" 2>/dev/null | cut -c1-400 >&2 || true
}

# process_birth PID: the start time of a live process in clock ticks; nothing for a dead one or a zombie. With it, a pid
# file left by a killed cluster never names a stranger that got the same pid.
process_birth() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} == Z ]] || printf '%s' "${fields[19]}"
}

# process_start NAME COMMAND...: in the background and in a session of its own, unless NAME is alive. The variable in
# its environment marks it (and what it starts) as ours, so one whose pid file is lost is found, and ended first.
process_start() {
  local name=$1 pid
  shift
  if process_alive "$name"; then return 0; fi
  for pid in $(marked_processes); do
    if [[ $(tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | head -n 1) == "$1" ]]; then
      kill -KILL "$pid" 2>/dev/null || true
      while [[ -n $(process_birth "$pid") ]]; do sleep 0.05; done
    fi
  done
  GPC_TESTBED_PROCESS=$DIR setsid "$@" >>"$LOGS/$name.log" 2>&1 </dev/null 9>&- &
  printf '%s %s\n' $! "$(process_birth $!)" >"$RUN/$name.pid"
}

process_alive() {
  local pid birth
  read -r pid birth 2>/dev/null <"$RUN/$1.pid" || return 1
  [[ -n $birth && $(process_birth "$pid") == "$birth" ]]
}

# process_stop NAME SECONDS: SIGTERM, then SIGKILL after SECONDS.
process_stop() {
  local name=$1 tenths=$(($2 * 10)) pid
  if process_alive "$name"; then
    read -r pid _ <"$RUN/$name.pid"
    kill -TERM "$pid" 2>/dev/null || true
    while ((tenths-- > 0)) && process_alive "$name"; do sleep 0.1; done
    if process_alive "$name"; then kill -KILL "$pid" 2>/dev/null || true; fi
    while process_alive "$name"; do sleep 0.05; done
  fi
  rm -f "$RUN/$name.pid"
}

# marked_processes: pids of everything process_start ever started that still lives, and of its children.
marked_processes() {
  grep --files-with-matches --null-data --line-regexp --fixed-strings "GPC_TESTBED_PROCESS=$DIR" /proc/[0-9]*/environ \
    2>/dev/null | cut -d/ -f3 || true
}

# kill_all COMMAND...: kills the processes whose pids COMMAND prints, until it prints none.
kill_all() {
  local pids deadline=$((SECONDS + 20))
  while pids=$("$@") && [[ -n $pids ]]; do
    ((SECONDS < deadline)) || die "cannot kill ${pids//$'\n'/ }"
    # shellcheck disable=SC2086 # one word a pid
    kill -KILL $pids 2>/dev/null || true
    sleep 0.05
  done
}

# remove_dead_sockets FILE...: those nobody listens on.
remove_dead_sockets() {
  local socket
  for socket; do
    if [[ -S $socket ]] && ! grep -qF "$socket" /proc/net/unix; then rm -f "$socket"; fi
  done
}
