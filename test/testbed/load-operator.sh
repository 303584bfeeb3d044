#!/usr/bin/env bash
# Builds the operator's image and loads it into the testbed as localhost/goproxycache-operator:dev. Loads nothing when
# the testbed has the same image already.
set -euo pipefail
HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
for part in settings lib containerd; do
  # shellcheck source=/dev/null
  . "$HERE/$part.sh"
done

need_root
process_alive containerd || die 'the testbed is not up: run test/testbed/up.sh'
node "$CHECKOUT/image/build.ts" >"$LOGS/operator-image.log"
import_images "$CHECKOUT/dist/goproxycache-operator.tar"
say "the testbed has $(head -n 1 "$CHECKOUT/dist/goproxycache-operator.digest")"
