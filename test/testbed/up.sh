#!/usr/bin/env bash
# Starts a real one-node Kubernetes on this machine, without Docker. Run again, it starts what is missing; from a state
# that cannot be mended (a broken etcd, a reboot) it wipes the cluster and starts anew. Exit status 0: the cluster is ready.
# With GPC_USE_EXISTING_CLUSTER=1 and KUBECONFIG it only checks that cluster.
set -euo pipefail
HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
for part in settings lib existing packages network cgroups certificates containerd controlplane node addons wipe; do
  # shellcheck source=/dev/null
  . "$HERE/$part.sh"
done

if [[ ${GPC_USE_EXISTING_CLUSTER:-} == 1 ]]; then
  check_existing_cluster
  exit 0
fi

# start_cluster: every step does nothing when its work is already done.
start_cluster() {
  set -e
  mkdir -p "$RUN" "$VOLUMES"
  chmod 700 "$RUN"
  # A stopped cluster starts with an empty audit log.
  process_alive kube-apiserver || : >"$LOGS/audit.log"
  echo "$(</proc/sys/kernel/random/boot_id)" >"$RUN/boot-id"
  local new=
  [[ -d $RUN/etcd ]] || new=1
  network_up
  cgroups_up
  cluster_certificates
  controlplane_start
  containerd_up
  # Containers of a cluster that is gone: its etcd was wiped while containerd was not running.
  [[ -z $new ]] || remove_containers
  import_images "$IMAGES"/*.tar
  say 'network, certificates, containerd and images are ready'
  controlplane_wait
  say 'the API server is ready'
  node_up
  say 'the node is ready'
  addons_up
}

# try: start_cluster in a subshell with errexit, which bash would switch off inside an `if`. Sets STATUS.
try() {
  set +e
  (start_cluster)
  STATUS=$?
  set -e
}

need_root
lock
mkdir -p "$LOGS" "$IMAGES"
install_packages
fetch_busybox
fetch_envoy
"$HERE/build.sh" all
node "$HERE/images.ts"
export KUBECONFIG=$ADMIN_KUBECONFIG

if [[ -d $RUN && $(cat "$RUN/boot-id" 2>/dev/null) != "$(</proc/sys/kernel/random/boot_id)" ]]; then
  say 'the state is of an earlier boot or incomplete, wiping it'
  wipe_cluster
fi
try
if ((STATUS != 0)); then
  say 'this state does not come up; wiping the cluster and starting anew'
  wipe_cluster
  try
fi
((STATUS == 0)) || die "the cluster does not come up, see $LOGS"
say "Kubernetes v$KUBERNETES_VERSION is up: DNS $DNS_IP, NodePorts on $NODE_IP, logs in $LOGS"
echo "export KUBECONFIG=$ADMIN_KUBECONFIG"
