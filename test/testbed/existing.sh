# GPC_USE_EXISTING_CLUSTER=1: a cluster of yours instead of the testbed. Sourced.
# shellcheck shell=bash

# check_existing_cluster: it answers and has a default StorageClass. Creates nothing.
check_existing_cluster() {
  local version default_class='{range .items[?(@.metadata.annotations.storageclass\.kubernetes\.io/is-default-class=="true")]}{.metadata.name}{"\n"}{end}'
  [[ -n ${KUBECONFIG:-} ]] || die 'GPC_USE_EXISTING_CLUSTER=1 needs KUBECONFIG'
  command -v kubectl >/dev/null || die 'kubectl is missing: install it, or run test/testbed/build.sh apiserver'
  version=$(kubectl get --raw=/version --request-timeout=10s | sed -n 's/.*"gitVersion": *"\([^"]*\)".*/\1/p') ||
    die "no cluster answers with KUBECONFIG=$KUBECONFIG"
  [[ -n $(kubectl get storageclass -o jsonpath="$default_class") ]] || die 'the cluster has no default StorageClass'
  say "using the cluster of KUBECONFIG=$KUBECONFIG, Kubernetes $version"
  echo "export KUBECONFIG=$KUBECONFIG"
}
