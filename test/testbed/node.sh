# The node: kubelet and kube-proxy. Sourced.
# shellcheck shell=bash

node_up() {
  cat >"$RUN/kubelet.yaml" <<CONFIG
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_IP
readOnlyPort: 0
healthzBindAddress: 127.0.0.1
authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: $PKI/ca.crt } }
authorization: { mode: Webhook }
tlsCertFile: $PKI/kubelet-server.crt
tlsPrivateKeyFile: $PKI/kubelet-server.key
clusterDNS: [$DNS_IP]
clusterDomain: cluster.local
resolvConf: /etc/resolv.conf
containerRuntimeEndpoint: unix://$CONTAINERD_SOCKET
cgroupDriver: cgroupfs
cgroupRoot: /$CGROUP
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false # they would stay on the machine
syncFrequency: 5s # a changed ConfigMap reaches the pods in seconds, not in a minute
registryPullQPS: 0
serializeImagePulls: false
imageGCHighThresholdPercent: 100 # a removed image could not be pulled again: there is no registry
imageGCLowThresholdPercent: 99
evictionHard: { memory.available: 100Mi, nodefs.available: 1Gi, nodefs.inodesFree: 1%, imagefs.available: 1Gi }
podLogsDir: $LOGS/pods
volumePluginDir: $RUN/volume-plugins
oomScoreAdj: 0 # lowering it needs CAP_SYS_RESOURCE
shutdownGracePeriod: 0s
CONFIG
  cat >"$RUN/kube-proxy.yaml" <<CONFIG
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: $NODE_IP
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clientConnection: { kubeconfig: $RUN/kube-proxy.kubeconfig }
clusterCIDR: $POD_CIDR
hostnameOverride: $NODE
mode: nftables
nodePortAddresses: [$NODE_IP/32] # the machine's own addresses stay free of NodePorts
nftables: { minSyncPeriod: 100ms }
oomScoreAdj: 0
conntrack: { maxPerCore: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s }
CONFIG
  process_start kubelet kubelet --config="$RUN/kubelet.yaml" --kubeconfig="$RUN/kubelet.kubeconfig" \
    --root-dir="$RUN/kubelet" --cert-dir="$RUN/kubelet-pki" --hostname-override="$NODE" --node-ip="$NODE_IP"
  process_start kube-proxy kube-proxy --config="$RUN/kube-proxy.yaml"
  wait_for 'the kubelet' 60 kubelet curl -fsS http://127.0.0.1:10248/healthz
  wait_for 'kube-proxy' 30 kube-proxy curl -fsS http://127.0.0.1:10256/healthz
  wait_for 'the node to be Ready' 90 kubelet node_is_ready
}

node_is_ready() {
  [[ $(kubectl get node "$NODE" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}') == True ]]
}

node_down() {
  process_stop kubelet 3
  process_stop kube-proxy 2
}

# remove_kubelet_traces: what it leaves outside its folders, a socket and a link to every container log.
remove_kubelet_traces() {
  remove_dead_sockets /var/lib/kubelet/device-plugins/kubelet.sock
  rmdir /var/lib/kubelet/device-plugins /var/lib/kubelet 2>/dev/null || true
  find /var/log/containers -maxdepth 1 -type l -lname "$LOGS/pods/*" -delete 2>/dev/null || true
  rmdir /var/log/containers 2>/dev/null || true
}
