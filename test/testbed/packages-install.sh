#!/usr/bin/env bash
# Installs the Debian packages that the testbed and the suites with a real nginx need, and fetches busybox and Envoy.
# Does nothing when they are there. More packages can be named: the bench of the gateway needs a load generator.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
for part in settings lib packages; do
  # shellcheck source=/dev/null
  . "./$part.sh"
done
mkdir -p "$LOGS"
install_packages "$@"
fetch_busybox
fetch_envoy
