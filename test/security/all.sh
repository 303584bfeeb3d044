#!/bin/sh
# All of what `npm test` does a sample of: injection through every text of the spec, and tokens, paths and smuggled requests at the real
# programs, nginx alone and behind Envoy. INJECTION_SEED and SECURITY_SEED show a failure again.
set -eu
cd "$(dirname "$0")/../.."
test/testbed/packages-install.sh
test/testbed/build.sh athens
export INJECTION_RUNS="${INJECTION_RUNS:-10000}" SECURITY_RUNS="${SECURITY_RUNS:-10000}"
jest() {
  npm run --silent jest -- --runInBand "$@"
}
jest --testTimeout=3600000 test/unit/gateway/injection test/unit/gateway/nginx test/unit/gateway/envoy
for type in Nginx Envoy; do
  GATEWAY_TYPE=$type jest test/gateway-real/identity test/gateway-real/goauth test/security
done
# Keys are nginx' alone in pods of both types; of Envoy's there is what it tells.
jest test/gateway-real/keys test/gateway-real/envoypod
