#!/bin/sh
# Runs nginx as the gateway of a GoProxyCache. Needs nginx, curl and getent; busybox is enough for the rest.
#
#   - loads a config only when `nginx -t` accepts it, and says in the status what nginx really serves
#   - reloads when the mounted config, the certificate, an address of an engine or of another gateway pod changes
#   - gives nginx the keys of token issuers, when it finds them good: keys.sh
#   - probes the upstreams, so that the status says which one is unreachable, and how: probe.sh
#   - counts requests for /metrics: metrics.sh
#   - is not ready before the engines are, for a while: ready.sh
#   - in a gateway of type Envoy: gives Envoy, in a container beside this one, what belongs to the config that nginx serves
#
# Ends with 0 after SIGTERM or SIGINT, when nginx has finished its answers; with 1 when nginx ended by itself.
set -eu

config=${GATEWAY_CONFIG:-/etc/gateway} # mounted: nginx.conf jwt.js auth.json generation engines awaited issuers upstreams
tls=${GATEWAY_TLS:-/etc/gateway-tls}      # mounted when the gateway has a certificate of its own: tls.crt tls.key
jwks=${GATEWAY_JWKS:-/etc/gateway-jwks}   # mounted when there are token issuers: their JWKS, as NAME.json
auth=${GATEWAY_AUTH:-/run/gateway-auth} # a memory volume of this container alone, when there are token issuers
run=${GATEWAY_RUN:-/run/gateway}       # a memory volume, which outlives a restart of the container
cache=${GATEWAY_CACHE:-/var/cache/gateway} # a volume on disk, which does too
type=${GATEWAY_TYPE:-Nginx}            # of this pod: while a change of the type rolls out, the mounted config is of the other
# Not $NGINX: nginx reads that variable as its list of inherited sockets.
nginx_binary=${GATEWAY_NGINX:-nginx}

# envoy.sh starts Envoy when the last one is there.
envoy_files='bootstrap certificate listeners routes'

state=$run/state
scripts='jwt.js auth.json' # what nginx loads beside its config, when there are token issuers
nginx=
stopping=

# From the mount, as this script is: they belong together.
# shellcheck source=src/gateway/pod/keys.sh
. "$config/keys.sh"
# shellcheck source=src/gateway/pod/probe.sh
. "$config/probe.sh"
# shellcheck source=src/gateway/pod/metrics.sh
. "$config/metrics.sh"
# shellcheck source=src/gateway/pod/ready.sh
. "$config/ready.sh"

say() {
  printf 'gateway: %s\n' "$*"
}

# ---------------------------------------------------------------------------------------------------------------------
# State: small files, each with one writer, replaced as a whole. status.json is made from them.

# put NAME: standard input becomes its content
put() {
  cat >"$state/$1.new"
  mv "$state/$1.new" "$state/$1"
}

get() {
  cat "$state/$1" 2>/dev/null || :
}

# json: standard input as a JSON string of one line and at most 300 characters
json() {
  printf '"'
  tr -c ' -~' ' ' | cut -c 1-300 | tr -d '\n' | sed 's/ *$//; s/[\\"]/\\&/g'
  printf '"'
}

publish() {
  rejected='""'
  if [ -s "$state/rejected" ]; then
    rejected="{\"generation\":$(get rejected | json),\"error\":$(get error | json)}"
  fi
  cp "$state/upstreams" "$state/published"
  printf '{"generation":%s,"rejected":%s,"nginxVersion":%s,"envoyVersion":%s,"upstreams":[%s]}\n' \
    "$(get generation | json)" "$rejected" "$(get version | json)" "$(get envoy_version | json)" "$(get published)" \
    >"$run/status.json.new"
  mv "$run/status.json.new" "$run/status.json"
}

# ---------------------------------------------------------------------------------------------------------------------
# The config. nginx runs from a copy: what was tested is what is loaded, and a reload for another reason never meets a
# config that was refused.

# mounted: changes when the config does. The kubelet swaps the link ..data; elsewhere there are only files.
mounted() {
  readlink "$config/..data" || cat "$config/nginx.conf" "$config/generation" "$config/engines" 2>/dev/null | sha256sum
}

# take: copies the mounted config; fails when it is swapped at the same moment. Sets $mount and $wanted.
take() {
  mount=$(mounted)
  mkdir -p "$state/candidate"
  for file in nginx.conf $scripts; do
    if [ -f "$config/$file" ]; then
      cat "$config/$file" >"$state/candidate/$file" 2>/dev/null || return 1
    else
      rm -f "$state/candidate/$file"
    fi
  done
  [ -f "$state/candidate/nginx.conf" ] || return 1
  wanted=$(head -n 1 "$config/generation") || return 1
  of=Nginx
  if [ -f "$config/envoy-routes.json" ]; then
    of=Envoy
    for file in $envoy_files; do
      cat "$config/envoy-$file.json" >"$state/candidate/$file" 2>/dev/null || return 1
    done
  fi
  [ "$(mounted)" = "$mount" ]
}

# keep: the candidate is what nginx is to run
keep() {
  place "$state/candidate" "$run"
  [ "$type" = Envoy ] || return 0
  for file in $envoy_files; do mv "$state/candidate/$file" "$state/$file"; done
}

# place FROM TO: what nginx loads is copied from one folder to another
place() {
  for file in nginx.conf $scripts; do
    if [ -f "$1/$file" ]; then
      cp "$1/$file" "$2/$file.new"
      mv "$2/$file.new" "$2/$file"
    else
      rm -f "$2/$file"
    fi
  done
}

# fits: the config that was taken is for a pod like this one; on failure, the file `reason` says so
fits() {
  if [ "$of" != "$type" ]; then
    echo "this pod is of type $type, and the config of type $of: new pods serve it" | put reason
    return 1
  fi
  for issuer in $(cat "$config/issuers" 2>/dev/null); do
    [ ! -f "$jwks/$issuer.json" ] || continue
    echo "this pod has no keys of the issuer $issuer in $jwks: new pods have them" | put reason
    return 1
  done
}

# accepted FILE: on failure, the first reason nginx gives is left in the file `reason`
accepted() {
  if "$nginx_binary" -t -q -e stderr -c "$1" >"$state/test" 2>&1; then return 0; fi
  { grep '\[emerg\]' "$state/test" || cat "$state/test"; } | head -n 1 |
    sed "s/^.*\[emerg\] //; s/^[0-9]*#[0-9]*: //; s|$state/candidate/||g" | put reason
  return 1
}

# reject: the file `reason` says why $wanted is not served
reject() {
  get reason | put error
  printf '%s\n' "$wanted" | put rejected
  publish
  if [ "$wanted $(get error)" != "$told" ]; then
    told="$wanted $(get error)"
    say "refused the config $told"
  fi
}

accept() {
  printf '%s\n' "$wanted" | put generation
  : | put rejected
  told=
  handled=$mount
  publish
}

served() {
  curl -s -m 2 --noproxy '*' --unix-socket "$run/status.sock" http://gateway/-/generation || :
}

# children: the processes of nginx
children() {
  cat "/proc/$nginx/task/$nginx/children" 2>/dev/null || :
}

# left PROCESS...: none of these workers takes a request any more. One that has not heard of the reload yet answers by the old config.
left() {
  for process in "$@"; do
    case $(tr '\0' ' ' 2>/dev/null <"/proc/$process/cmdline") in
      *'worker process is shutting down'*) ;;
      *'worker process'*) return 1 ;;
    esac
  done 2>/dev/null
}

# becomes GENERATION PROCESS...: waits until nginx serves it and these processes of before serve nothing, for 10 seconds of its time
becomes() {
  becoming=$1
  shift
  tries=0
  until [ "$(served)" = "$becoming" ] && left "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 1
    sleep 0.1
  done
}

reload() {
  kill -HUP "$nginx"
  reloads=$((reloads + 1))
  printf '%s\n' "$reloads" | put reloads
}

# load: the mounted config is not the one that is served
load() {
  take || return 0
  tried=$mount
  if cmp -s "$state/candidate/nginx.conf" "$run/nginx.conf"; then
    lead_or_reject
    return 0
  fi
  if ! fits || ! accepted "$state/candidate/nginx.conf"; then
    reject
    return 0
  fi
  mkdir -p "$state/before"
  place "$run" "$state/before"
  keep
  before=$(children)
  reload
  # shellcheck disable=SC2086 # one argument for each process
  if ! becomes "$wanted" $before; then
    place "$state/before" "$run"
    echo 'nginx passed the test and did not load it: see the log of the gateway' | put reason
    reject
    return 0
  fi
  known=$(get addresses)
  lead_or_reject
  if [ "$handled" = "$mount" ]; then say "serves the config $wanted"; fi
}

lead_or_reject() {
  if lead; then
    accept
    renew_keys
  else
    echo 'Envoy has not taken it within 10 seconds: see the log of the container envoy' | put reason
    reject
  fi
}

# lead: gives Envoy what belongs to the config that nginx serves by now, and waits until Envoy has taken it. Envoy names an environment
# to nginx only when nginx knows it.
lead() {
  [ "$type" = Envoy ] || return 0
  for file in $envoy_files; do
    if cmp -s "$state/$file" "$run/envoy/$file.json"; then continue; fi
    cp "$state/$file" "$run/envoy/$file.json.new"
    mv "$run/envoy/$file.json.new" "$run/envoy/$file.json"
  done
  tries=0
  until [ "$(followed)" = 2 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 1
    sleep 0.1
  done
}

# envoy PATH [OPTION...]: asks the admin interface of Envoy
envoy() {
  path=$1
  shift
  curl -s -m 2 --noproxy '*' --unix-socket "$run/envoy/admin.sock" "$@" "http://envoy$path" || :
}

# envoy_version: of the Envoy that runs; empty when there is none
envoy_version() {
  [ "$type" = Envoy ] || return 0
  envoy /server_info | sed -n 's|^ *"version": *"[0-9a-f]*/\([^/"]*\)/.*|\1|p'
}

# followed: how many of listeners and routes Envoy has taken in the version $wanted
followed() {
  envoy '/stats?filter=version_text' | grep -c "\"$wanted\"" || :
}

# follow: an engine has moved, or a gateway pod has come or gone. nginx looks up names only when it loads.
follow() {
  owners
  if accepted "$run/nginx.conf"; then
    known=$where
    reload
    say 'reloaded, because the address of an engine or of another gateway pod changed'
  fi
}

# certificate: changes when the mounted certificate does
certificate() {
  readlink "$tls/..data" 2>/dev/null || cat "$tls/tls.crt" "$tls/tls.key" 2>/dev/null | sha256sum
}

# renew: the certificate has changed. One that nginx does not accept stays out, and the status says why.
renew() {
  wanted=$(get generation)
  if accepted "$run/nginx.conf"; then
    shown=$keys
    reload
    accept
    say 'reloaded, because the certificate changed'
  else
    reject
  fi
}

# watch: every second; a config that was refused is tried again every five, because what it lacked may have come
watch() {
  round=0
  while :; do
    wait_for_engines
    sleep 1
    round=$((round + 1))
    mount=$(mounted)
    where=$(get addresses)
    keys=$(certificate)
    verifier=$(verifiers)
    if [ "$mount" != "$handled" ]; then
      if [ "$mount" != "$tried" ] || [ $((round % 5)) -eq 0 ]; then load; fi
    else
      if [ "$keys" != "$shown" ] && { [ "$keys" != "$offered" ] || [ $((round % 5)) -eq 0 ]; }; then
        offered=$keys
        renew
      fi
      if [ "$verifier" != "$trusted" ] && { [ "$verifier" != "$offered_keys" ] || [ $((round % 5)) -eq 0 ]; }; then
        renew_keys
      fi
      if [ -n "$where" ] && [ "$where" != "$known" ]; then follow; fi
    fi
    cmp -s "$state/upstreams" "$state/published" || publish
  done
}

# ---------------------------------------------------------------------------------------------------------------------
# Names

# resolver: the DNS servers of the pod, for what nginx looks up while it runs
resolver() {
  ipv6=off
  # Scope 00 is a global address; without one, an IPv6 answer leads nowhere.
  if awk '$4 == "00" { found = 1 } END { exit !found }' /proc/net/if_inet6 2>/dev/null; then ipv6=on; fi
  awk -v ipv6="$ipv6" '
    $1 == "nameserver" { sub(/%.*/, "", $2); servers = servers " " ($2 ~ /:/ ? "[" $2 "]" : $2) }
    END { if (servers != "") print "resolver" servers " valid=30s ipv6=" ipv6 ";" }
  ' /etc/resolv.conf >"$run/resolver.conf"
}

# addresses: of all engines, and of the gateway pods if they share; fails while an engine has none
addresses() {
  while read -r host; do
    found=$(getent hosts "$host" | awk '{ print $1 }' | sort | tr '\n' ' ')
    [ -n "$found" ] || return 1
    printf '%s %s\n' "$host" "$found"
  done <"$config/engines"
  [ -s "$config/peers" ] || return 0
  read -r host port <"$config/peers"
  # `getent hosts` has one address only, in some images.
  found=$(getent ahostsv4 "$host" | awk '{ print $1 }' | sort -u | tr '\n' ' ')
  # Pods that are gone are passed over, so those of before will do while the name has no answer.
  [ -n "$found" ] || found=$(get addresses | sed -n "s/^$host //p")
  printf '%s %s\n' "$host" "$found"
}

# owners: tells nginx of the gateway pods: they share what they fetch
owners() {
  [ -s "$config/peers" ] || return 0
  read -r host port <"$config/peers"
  pods=$(get addresses | sed -n "s/^$host //p")
  for pod in $pods; do echo "server $pod:$port;"; done >"$run/owners.conf.new"
  for pod in $pods; do echo "allow $pod;"; done >"$run/admitted.conf.new"
  mv "$run/owners.conf.new" "$run/owners.conf"
  mv "$run/admitted.conf.new" "$run/admitted.conf"
}

# locate: a process of its own, because a dead DNS server makes it wait
locate() {
  while :; do
    if addresses >"$state/found"; then put addresses <"$state/found"; fi
    sleep 5
  done
}

# ---------------------------------------------------------------------------------------------------------------------
# Life

stop() {
  [ -n "$nginx" ] || exit 0
  stopping=yes
  kill "$watcher" 2>/dev/null || :
  if [ "$type" = Envoy ]; then drain; fi
  kill -QUIT "$nginx" 2>/dev/null || :
}

# drain: Envoy takes no new connection, finishes its answers and ends. nginx has to be there until then; the kubelet sets the limit.
drain() {
  envoy '/drain_listeners?graceful&skip_exit' -X POST >/dev/null
  while running=$(envoy '/stats?filter=http.gateway.downstream_rq_active') && [ -n "$running" ] &&
    [ "${running##*: }" != 0 ]; do
    sleep 0.2
  done
  envoy /quitquitquit -X POST >/dev/null
}

# choose: waits for a config that nginx accepts. After a restart of the container, the last good one will do.
choose() {
  told=
  while :; do
    if take && fits && accepted "$state/candidate/nginx.conf"; then
      keep
      : | put rejected
      handled=$mount
      return
    fi
    if [ -s "$run/nginx.conf" ] && [ -n "${wanted:-}" ]; then
      reject
      if accepted "$run/nginx.conf"; then return; fi
    fi
    if [ "$(get reason)" != "$told" ]; then
      told=$(get reason)
      say "waits for a config that nginx accepts: $told"
    fi
    sleep 1 &
    wait $!
  done
}

main() {
  trap stop TERM INT QUIT
  mkdir -p "$state" "$run/envoy"
  # A socket that a killed nginx left would be in the way of the next one.
  rm -f "$run"/*.sock
  : | put upstreams
  : | put rejected
  : | put reason
  : | put envoy_version
  reloads=0
  echo 0 | put reloads
  "$nginx_binary" -v 2>&1 | sed 's/^.*nginx\///' | put version
  resolver
  publish

  handled=
  shown=$(certificate)
  offered=$shown
  choose
  tried=${mount:-}
  if addresses >"$state/found"; then put addresses <"$state/found"; fi
  known=$(get addresses)
  owners

  prepare_counting
  prepare_waiting
  "$nginx_binary" -e stderr -c "$run/nginx.conf" &
  nginx=$!
  say "started nginx $(get version)"
  {
    until wanted=$(served) && [ -n "$wanted" ]; do sleep 0.1; done
    first_keys
    wanted=$(served)
    # Envoy may be starting still.
    until lead; do say 'waits for Envoy'; done
    printf '%s\n' "$wanted" | put generation
    envoy_version | put envoy_version
    publish
    say "serves the config $wanted"
    watch
  } &
  watcher=$!
  locate &
  locator=$!
  probe_forever &
  prober=$!
  count_forever &
  counter=$!

  code=0
  while kill -0 "$nginx" 2>/dev/null; do
    code=0
    wait "$nginx" || code=$?
  done
  kill "$watcher" "$locator" "$prober" "$counter" 2>/dev/null || :
  if [ -z "$stopping" ]; then
    say "nginx ended by itself with code $code"
    exit 1
  fi
}

main
