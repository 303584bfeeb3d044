#!/bin/sh
# Probes of the upstreams, for the status. A part of entrypoint.sh, which has its variables and the functions put and json.
# shellcheck disable=SC2154

# late URL: how far a probe without an answer came
late() {
  if [ "$lookup" = 0.000000 ]; then
    echo DNS
  elif [ "$port" -le 0 ]; then
    echo TCP
  else
    case $1/$handshake in
      https:*/0.000000) echo TLS ;;
      *) echo Timeout ;;
    esac
  fi
}

# probe URL: prints one object of the status. The text of a problem stays the same while the problem does.
probe() {
  format='%{http_code} %{time_namelookup} %{local_port} %{time_appconnect} %{errormsg}'
  code=0
  answer=$(curl -s -m 8 -g -o /dev/null -A goproxycache-gateway --proto '=http,https' -w "$format" --url "$1") || code=$?
  read -r http lookup port handshake message <<ANSWER
$answer
ANSWER
  reachable=false
  stage=HTTP
  detail=$message
  case $code in
    0)
      if [ "$http" -lt 500 ]; then
        reachable=true stage='' detail=''
      else
        detail="answers $http"
      fi
      ;;
    5 | 6) stage=DNS detail='the name does not resolve' ;;
    7) stage=TCP detail='no connection: refused or no route' ;;
    28) stage=$(late "$1") detail='no answer within 8 seconds' ;;
    35 | 51 | 53 | 54 | 58 | 59 | 60 | 64 | 66 | 77 | 80 | 82 | 83 | 90 | 91) stage=TLS ;;
  esac
  printf '{"url":%s,"reachable":%s,"stage":"%s","detail":%s}' \
    "$(printf '%s' "$1" | json)" "$reachable" "$stage" "$(printf '%s' "$detail" | json)"
}

probe_all() {
  count=0
  while read -r url; do
    count=$((count + 1))
    probe "$url" >"$state/probe.$count" &
  done <"$config/upstreams"
  wait
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    [ "$number" -eq 1 ] || printf ','
    cat "$state/probe.$number"
  done
}

probe_forever() {
  while :; do
    probe_all | put upstreams
    sleep 10
  done
}
