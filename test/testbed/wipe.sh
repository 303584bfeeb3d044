# Takes a cluster away, whatever state it is in. Sourced by down.sh, and by up.sh before a new start.
# shellcheck shell=bash

# wipe_cluster: ends every process and removes every trace but programs, images, volumes and logs.
wipe_cluster() {
  node_down
  kill_all cgroup_processes
  containerd_down
  controlplane_down
  kill_all marked_processes
  kill_all cgroup_processes
  unmount_all
  network_down
  cgroups_down
  remove_shim_sockets
  remove_kubelet_traces
  rm -rf "$RUN" "$CONTAINERD/state" "$CONTAINERD/runc" "$CONTAINERD_SOCKET" "$CONTAINERD_SOCKET.ttrpc" "$LOGS/pods"
}
