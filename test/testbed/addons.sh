# What every cluster has besides its programs: DNS and a default StorageClass. Sourced.
# shellcheck shell=bash

addons_up() {
  sed "s|@DNS_IP@|$DNS_IP|" "$TESTBED/addons/coredns.yaml" | kubectl apply -f - >>"$LOGS/addons.log" 2>&1
  sed "s|@VOLUMES@|$VOLUMES|" "$TESTBED/addons/local-path.yaml" | kubectl apply -f - >>"$LOGS/addons.log" 2>&1
  # Through the Service from the machine: DNS, the pod network and kube-proxy, all as they are now.
  wait_for 'cluster DNS' 90 kubelet curl -fsS --max-time 1 "http://$DNS_IP:8181/ready"
  wait_for 'the storage provisioner' 90 kubelet kubectl rollout status -n local-path-storage deployment/local-path-provisioner --timeout=2s
}
