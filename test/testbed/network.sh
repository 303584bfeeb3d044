# The node's bridge and address, masquerading of pods, and kernel settings; and taking all of it away. Sourced.
# shellcheck shell=bash

SYSCTLS=(
  net.ipv4.ip_forward=1
  net.bridge.bridge-nf-call-iptables=1 # a pod that calls a Service of its own node must pass kube-proxy's rules
  fs.inotify.max_user_instances=1024
  # These three the kubelet would set by itself; named here, down.sh puts them back.
  vm.overcommit_memory=1
  kernel.panic=10
  kernel.panic_on_oops=1
)

network_up() {
  local setting
  if [[ ! -d /proc/sys/net/bridge ]]; then
    modprobe br_netfilter 2>/dev/null || die 'the kernel has no br_netfilter: Services would not work from pods'
  fi
  if [[ ! -f $RUN/sysctl.before ]]; then
    for setting in "${SYSCTLS[@]}"; do
      printf '%s=%s\n' "${setting%%=*}" "$(sysctl -n "${setting%%=*}")"
    done >"$RUN/sysctl.new"
    mv "$RUN/sysctl.new" "$RUN/sysctl.before"
  fi
  sysctl -qw "${SYSCTLS[@]}"

  # A bridge, because not every kernel has dummy interfaces.
  [[ -d /sys/class/net/$NODE_BRIDGE ]] || ip link add "$NODE_BRIDGE" type bridge
  ip addr replace "$NODE_IP/24" dev "$NODE_BRIDGE"
  ip link set "$NODE_BRIDGE" up

  nft -f - <<RULES
table ip $NFT_TABLE
delete table ip $NFT_TABLE
table ip $NFT_TABLE {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr $NODE_POD_CIDR ip daddr != { $POD_CIDR, 224.0.0.0/4 } masquerade
  }
}
RULES
}

network_down() {
  local link table
  for link in "/sys/class/net/$POD_BRIDGE/brif"/*; do
    [[ ! -e $link ]] || ip link delete "${link##*/}" 2>/dev/null || true
  done
  for link in "$POD_BRIDGE" "$NODE_BRIDGE"; do
    [[ ! -d /sys/class/net/$link ]] || ip link delete "$link"
  done
  # Results of the network plugins, which go to a folder of the machine: ours name our network namespaces.
  # There is no such folder where no cluster has been, and nothing of ours after it is down.
  { grep --files-with-matches --no-messages --fixed-strings --null "$CONTAINERD/" /var/lib/cni/results/* || true; } |
    xargs --null --no-run-if-empty rm -f
  rmdir /var/lib/cni/results /var/lib/cni 2>/dev/null || true

  [[ -f $RUN/sysctl.before ]] || return 0
  for table in "ip $NFT_TABLE" 'ip kube-proxy' 'ip6 kube-proxy'; do
    # shellcheck disable=SC2086 # family and name are two words
    nft delete table $table 2>/dev/null || true
  done
  sysctl -q -p "$RUN/sysctl.before"
  rm -f "$RUN/sysctl.before"
}
