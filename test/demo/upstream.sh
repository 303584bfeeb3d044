#!/usr/bin/env bash
# Starts the demo's upstream on the node's address: the project's modules, 80 ms away. What it lacks it fetches through
# what this machine's go command uses, so that the demo's cache can be used by hand for anything afterwards. It runs until
# test/testbed/down.sh.
set -euo pipefail
HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
for part in settings lib; do
  # shellcheck source=/dev/null
  . "$HERE/../testbed/$part.sh"
done
PORT=26580
URL=http://$NODE_IP:$PORT

say "getting the modules of the demo's project, unless they are there"
folder=$(node "$CHECKOUT/test/support/modules.ts")
machine_proxy=$(go env GOPROXY | tr ',|' '\n' | grep -m 1 '^http' || true)

process_stop demo-upstream 2
process_start demo-upstream node "$CHECKOUT/test/support/upstream.ts" --listen "$NODE_IP:$PORT" --rtt 80 --folder "$folder" \
  ${machine_proxy:+--through "$machine_proxy"}
wait_for 'the upstream' 20 demo-upstream curl --silent --fail --output /dev/null --noproxy '*' "$URL/-/requests"
say "the upstream is at $URL, 80 ms away"
