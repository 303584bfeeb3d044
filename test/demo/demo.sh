#!/usr/bin/env bash
# `npm run demo`: from a fresh checkout to a real `go mod download` through a GoProxyCache on a real cluster.
# Needs Go, Node 20 or newer with npm, and root for the testbed. With GPC_USE_EXISTING_CLUSTER=1 and KUBECONFIG it runs on
# your own cluster, in the namespace goproxycache-demo. Exit status 0: all went as it should; the last line has the figures.
set -euo pipefail
CHECKOUT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$CHECKOUT"

fail() {
  echo "demo: failed: $*"
  exit 1
}

command -v go >/dev/null || fail 'the go command is missing: install Go (https://go.dev/dl)'
command -v npm >/dev/null || fail 'npm is missing: install Node.js 20 or newer (https://nodejs.org)'
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  fail 'Node.js is too old: install 20 or newer (https://nodejs.org)'

if [[ ${GPC_USE_EXISTING_CLUSTER:-} != 1 ]]; then
  # What takes longest starts first; up.sh waits for it. Its output comes when up.sh runs the same again.
  test/testbed/build.sh all >/dev/null 2>&1 &
fi

if [[ ! -e node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
  echo 'installing the packages of package-lock.json'
  npm ci --no-audit --no-fund --loglevel=error || fail 'npm ci did not work'
fi
export PATH=$CHECKOUT/node_modules/.bin:$PATH

test/testbed/up.sh || fail 'the cluster does not come up'
if [[ ${GPC_USE_EXISTING_CLUSTER:-} != 1 ]]; then
  test/testbed/load-operator.sh || fail "the operator's image cannot be loaded"
  test/demo/upstream.sh || fail 'the upstream does not start'
fi
# The exit status is the one of demo.ts, which has said what failed.
exec node test/demo/demo.ts
