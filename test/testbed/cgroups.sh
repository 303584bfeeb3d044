# The control group that holds every pod, on cgroup v1 (a tree a controller) or v2 (one tree). Sourced.
# shellcheck shell=bash

cgroup_roots() {
  if [[ -f /sys/fs/cgroup/cgroup.controllers ]]; then
    echo /sys/fs/cgroup
  else
    find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -type d
  fi
}

# cgroups_up: makes the group; the kubelet makes `kubepods` in it.
cgroups_up() {
  local root controller
  for root in $(cgroup_roots); do
    mkdir -p "$root/$CGROUP"
    if [[ -f $root/cgroup.controllers ]]; then
      for controller in $(<"$root/cgroup.controllers"); do
        echo "+$controller" >"$root/cgroup.subtree_control" 2>/dev/null || true
      done
    fi
  done
}

# cgroup_processes: pids of every process of every pod, whatever became of the container runtime.
cgroup_processes() {
  cgroup_roots | while read -r root; do
    find "$root/$CGROUP" -name cgroup.procs -exec cat {} + 2>/dev/null || true
  done | sort -u
}

cgroups_down() {
  local root
  for root in $(cgroup_roots); do
    [[ ! -d $root/$CGROUP ]] || find "$root/$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
