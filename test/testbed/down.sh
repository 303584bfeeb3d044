#!/usr/bin/env bash
# Stops the testbed and leaves nothing behind: no process, mount, bridge, rule, control group or changed kernel setting.
# Programs, images and volumes stay for the next start; --purge removes images and volumes too.
# With GPC_USE_EXISTING_CLUSTER=1 it does nothing.
set -euo pipefail
HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
for part in settings lib network cgroups containerd controlplane node wipe; do
  # shellcheck source=/dev/null
  . "$HERE/$part.sh"
done

if [[ ${GPC_USE_EXISTING_CLUSTER:-} == 1 ]]; then
  echo 'GPC_USE_EXISTING_CLUSTER=1: the cluster is not ours, nothing to do'
  exit 0
fi
[[ $# == 0 || $* == --purge ]] || die 'usage: down.sh [--purge]'
need_root
lock
wipe_cluster
if [[ ${1:-} == --purge ]]; then
  rm -rf "$CONTAINERD" "$IMAGES" "$VOLUMES" "$LOGS"
fi
say 'the testbed is down'
