# etcd, the API server, the controller manager and the scheduler. Sourced.
# shellcheck shell=bash

# controlplane_start: starts them without waiting.
controlplane_start() {
  # A test cluster survives kill -9, not a power cut: no fsync.
  process_start etcd etcd --data-dir "$RUN/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "$ETCD_URL" --advertise-client-urls "$ETCD_URL" \
    --listen-peer-urls "$ETCD_PEER_URL" --initial-advertise-peer-urls "$ETCD_PEER_URL" --initial-cluster "default=$ETCD_PEER_URL"
  process_start kube-apiserver kube-apiserver --etcd-servers="$ETCD_URL" \
    --bind-address="$NODE_IP" --advertise-address="$NODE_IP" --secure-port="${API_URL##*:}" \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$PKI/service-account.pub" --service-account-signing-key-file="$PKI/service-account.key" \
    --service-cluster-ip-range="$SERVICE_CIDR" --allow-privileged=true \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --kubelet-client-certificate="$PKI/apiserver-kubelet.crt" --kubelet-client-key="$PKI/apiserver-kubelet.key" \
    --requestheader-client-ca-file="$PKI/ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --proxy-client-cert-file="$PKI/front-proxy.crt" --proxy-client-key-file="$PKI/front-proxy.key" \
    --audit-policy-file="$TESTBED/audit-policy.yaml" --audit-log-path="$LOGS/audit.log"
  controller controller-manager kube-controller-manager --leader-elect=false --bind-address=127.0.0.1 \
    --service-account-private-key-file="$PKI/service-account.key" --use-service-account-credentials=true \
    --root-ca-file="$PKI/ca.crt" --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" \
    --requestheader-client-ca-file="$PKI/ca.crt" --flex-volume-plugin-dir="$RUN/volume-plugins" \
    --allocate-node-cidrs=true --cluster-cidr="$POD_CIDR" --service-cluster-ip-range="$SERVICE_CIDR"
  controller scheduler kube-scheduler --leader-elect=false --bind-address=127.0.0.1
}

# controller NAME PROGRAM FLAG...: one that authenticates with NAME.kubeconfig. It waits for the API server by itself.
controller() {
  local name=$1
  shift
  process_start "$name" "$@" --kubeconfig="$RUN/$name.kubeconfig" \
    --authentication-kubeconfig="$RUN/$name.kubeconfig" --authorization-kubeconfig="$RUN/$name.kubeconfig"
}

controlplane_wait() {
  wait_for etcd 30 etcd curl -fsS "$ETCD_URL/health"
  wait_for 'the API server' 90 kube-apiserver kubectl get --raw=/readyz
}

controlplane_down() {
  process_stop scheduler 2
  process_stop controller-manager 2
  process_stop kube-apiserver 1
  process_stop etcd 2
}
