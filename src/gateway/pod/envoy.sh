#!/bin/sh
# Runs Envoy in front of nginx, in a container of its own. Needs envoy, a shell and sleep.
#
#   - starts Envoy when entrypoint.sh, beside it in the pod, has written its files
#   - leaves SIGTERM to entrypoint.sh, which lets Envoy finish its answers and then ends it: by itself Envoy would end at once
#
# Ends when Envoy does, with its exit code.
set -eu

run=${GATEWAY_RUN:-/run/gateway}
envoy_binary=${GATEWAY_ENVOY:-envoy}

trap 'exit 0' TERM INT
until [ -f "$run/envoy/routes.json" ]; do sleep 0.2; done

# Two threads, as nginx has two workers.
"$envoy_binary" -c "$run/envoy/bootstrap.json" --concurrency 2 --disable-hot-restart -l warning &
envoy=$!
trap : TERM INT
code=0
while kill -0 "$envoy" 2>/dev/null; do
  code=0
  wait "$envoy" || code=$?
done
exit "$code"
