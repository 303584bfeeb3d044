# The container runtime with a root, state and socket of its own, the pod network, and the images. Sourced.
# shellcheck shell=bash

containerd_ctl() { ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io "$@"; }

containerd_up() {
  mkdir -p "$CONTAINERD/cni"
  cat >"$CONTAINERD/config.toml" <<CONFIG
version = 2
root = "$CONTAINERD/root"
state = "$CONTAINERD/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "$CONTAINERD_SOCKET"
[plugins."io.containerd.internal.v1.opt"]
  path = "$CONTAINERD/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:3.8"
  # Without CAP_SYS_RESOURCE runc cannot lower oom_score_adj, and fails with an opaque "can't get final child's PID".
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "$CONTAINERD/runc"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$CONTAINERD/cni"
CONFIG
  # network_up masquerades, so the plugin writes no iptables rules.
  cat >"$CONTAINERD/cni/10-bridge.conflist" <<CONFIG
{
  "cniVersion": "1.0.0",
  "name": "$POD_NETWORK",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "$POD_BRIDGE",
      "isGateway": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "$RUN/ipam",
        "ranges": [[{ "subnet": "$NODE_POD_CIDR" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    }
  ]
}
CONFIG
  process_start containerd containerd --config "$CONTAINERD/config.toml"
  wait_for containerd 30 containerd containerd_ctl version
}

# import_images ARCHIVE...: those whose digest containerd does not have under that name yet. Each archive NAME.tar has
# NAME.digest beside it: lines of `NAME DIGEST`.
import_images() {
  local archive have imported=()
  have=$(containerd_ctl images ls | awk 'NR > 1 { print $1, $3 }')
  for archive; do
    if grep -qvxFf <(printf '%s\n' "$have") "${archive%.tar}.digest"; then
      containerd_ctl images import "$archive" >>"$LOGS/import.log" 2>&1 || {
        tail -n 5 "$LOGS/import.log" >&2
        die "could not import $archive"
      }
      imported+=("$(basename "$archive" .tar)")
    fi
  done
  ((${#imported[@]} == 0)) || say "imported images: ${imported[*]}"
}

# remove_containers: all of them, with their snapshots. The kubelet must not run.
remove_containers() {
  local tasks containers
  mapfile -t tasks < <(containerd_ctl tasks ls -q)
  ((${#tasks[@]} == 0)) || timeout 20 ctr --address "$CONTAINERD_SOCKET" --namespace k8s.io tasks rm -f "${tasks[@]}" >/dev/null 2>&1 || true
  mapfile -t containers < <(containerd_ctl containers ls -q)
  ((${#containers[@]} == 0)) || containerd_ctl containers rm "${containers[@]}" >/dev/null 2>&1 || true
}

containerd_down() {
  if process_alive containerd && containerd_ctl version >/dev/null 2>&1; then
    remove_containers
  fi
  process_stop containerd 5
}

# unmount_all: whatever is still mounted below our folder, the deepest first; a place may be mounted more than once.
unmount_all() {
  local mounts rounds=5
  while ((rounds-- > 0)); do
    mounts=$(awk -v dir="$DIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
    [[ -n $mounts ]] || return 0
    while read -r mount; do umount --lazy "$mount" 2>/dev/null || true; done <<<"$mounts"
  done
  die "could not unmount $mounts"
}

# remove_shim_sockets: shims put theirs below /run/containerd whatever the state folder is.
remove_shim_sockets() {
  remove_dead_sockets /run/containerd/s/*
  rmdir /run/containerd/s /run/containerd 2>/dev/null || true
}
