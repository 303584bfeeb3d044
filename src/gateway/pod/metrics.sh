#!/bin/sh
# The numbers at /metrics. A part of entrypoint.sh, which has its variables and the functions get and json.
#
# nginx writes a line for each request into a log on the memory volume. Every few seconds the log is taken away and counted. nginx
# never waits for that: it appends to a file, and opens a new one when it is told to.
# shellcheck disable=SC2154

requests=$run/requests.log # nginx writes it
taken=$state/taken         # renamed, and written no more once every worker has heard of it
turn_bytes=4194304         # so many are not left for the next turn, which comes after five seconds
most_bytes=16777216        # more are not read: the volume is small, and counting has fallen behind

# prepare_counting: before nginx starts. What an earlier container left is counted too.
prepare_counting() {
  [ -e "$state/counters" ] || : >"$state/counters"
  if [ -s "$requests" ]; then mv "$requests" "$taken"; fi
  printf 'access_log %s counts buffer=64k flush=1s;\n' "$requests" >"$run/counted.conf"
}

# count LOG DROPPED: adds a log to the counters, and a number of requests that were not read
count() {
  # The program comes from the mount, as the format of the log does.
  if awk -f "$config/counts.awk" -v dropped="$2" old=1 "$state/counters" old= "$1" >"$state/counters.new"; then
    mv "$state/counters.new" "$state/counters"
  fi
}

count_taken() {
  if [ "$(wc -c <"$taken")" -gt "$most_bytes" ]; then
    count /dev/null "$(wc -l <"$taken")"
  else
    count "$taken" 0
  fi
  rm -f "$taken"
}

# gauge NAME HELP, counter NAME HELP: the lines before the values
gauge() {
  printf '# HELP goproxycache_gateway_%s %s\n# TYPE goproxycache_gateway_%s gauge\n' "$1" "$2" "$1"
}
counter() {
  printf '# HELP goproxycache_gateway_%s %s\n# TYPE goproxycache_gateway_%s counter\n' "$1" "$2" "$1"
}

# connections: the numbers of stub_status
connections() {
  curl -s -m 2 --noproxy '*' --unix-socket "$run/status.sock" http://gateway/stub_status | awk '
    /^ *[0-9]+ [0-9]+ [0-9]+/ { accepted = $1; handled = $2 }
    /^Reading:/ { state["reading"] = $2; state["writing"] = $4; state["waiting"] = $6 }
    END {
      if (accepted == "") exit
      name = "goproxycache_gateway_connections"
      print "# HELP " name " Connections of nginx: of clients, from one of its servers to another, and for this port."
      print "# TYPE " name " gauge"
      for (each in state) print name "{state=\"" each "\"} " state[each]
      print "# HELP " name "_accepted_total Connections that nginx has accepted."
      print "# TYPE " name "_accepted_total counter"
      print name "_accepted_total " accepted
      print "# HELP " name "_handled_total Connections that nginx had room for."
      print "# TYPE " name "_handled_total counter"
      print name "_handled_total " handled
    }' || :
}

# reachable: what the last probes found, from the objects that probe.sh prints
reachable() {
  gauge upstream_reachable 'Whether the last probe of an upstream had an answer below 500.'
  get upstreams | awk '{
    count = split($0, probe, /[{]"url":/)
    for (i = 2; i <= count; i++) {
      url = probe[i]
      sub(/,"reachable":.*/, "", url)
      print "goproxycache_gateway_upstream_reachable{url=" url "} " (probe[i] ~ /,"reachable":true/ ? 1 : 0)
    }
  }'
}

publish_metrics() {
  {
    cat "$state/counters"
    connections
    reachable
    gauge info 'The configuration that is served, and the programs that run.'
    printf 'goproxycache_gateway_info{generation=%s,nginx=%s,envoy=%s} 1\n' \
      "$(get generation | json)" "$(get version | json)" "$(get envoy_version | json)"
    gauge config_rejected 'Whether the mounted configuration was refused, and an older one is served.'
    if [ -s "$state/rejected" ]; then rejected=1; else rejected=0; fi
    printf 'goproxycache_gateway_config_rejected %s\n' "$rejected"
    counter reloads_total 'Reloads of nginx since the container started.'
    printf 'goproxycache_gateway_reloads_total %s\n' "$(get reloads)"
  } >"$run/metrics.new"
  mv "$run/metrics.new" "$run/metrics"
}

# take_requests: they are counted in the next turn, a second later, when no worker writes them any more
take_requests() {
  mv "$requests" "$taken"
  kill -USR1 "$nginx" || :
}

count_forever() {
  publish_metrics
  waited=0
  while :; do
    sleep 1
    waited=$((waited + 1))
    if [ -e "$taken" ]; then
      count_taken
      publish_metrics
    elif [ -s "$requests" ]; then
      if [ "$waited" -ge 5 ] || [ "$(wc -c <"$requests")" -ge "$turn_bytes" ]; then
        take_requests
        waited=0
      fi
    elif [ "$waited" -ge 5 ]; then
      publish_metrics
      waited=0
    fi
  done
}
