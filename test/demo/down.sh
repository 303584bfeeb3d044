#!/usr/bin/env bash
# `npm run demo:down`: ends what the demo started. The testbed goes as a whole; of a cluster of your own
# (GPC_USE_EXISTING_CLUSTER=1) the demo's namespace and the operator.
set -euo pipefail
CHECKOUT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$CHECKOUT"

if [[ ${GPC_USE_EXISTING_CLUSTER:-} == 1 ]]; then
  kubectl delete namespace goproxycache-demo --ignore-not-found
  node_modules/.bin/node src/cli/main.ts install | kubectl delete --ignore-not-found -f -
fi
exec test/testbed/down.sh
