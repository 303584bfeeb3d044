# Certificates (EC keys: made in milliseconds) and kubeconfigs. Functions only; up.sh and apiserver.ts source it.
# shellcheck shell=bash

# certificate_authority FOLDER: ca.crt and ca.key.
certificate_authority() {
  openssl ecparam -genkey -name prime256v1 -noout -out "$1/ca.key"
  openssl req -x509 -new -key "$1/ca.key" -subj /CN=goproxycache-testbed -days 3650 -out "$1/ca.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
}

# certificate FOLDER NAME SUBJECT [ALTERNATIVE_NAMES]: NAME.crt and NAME.key; for a server when it has names, else for a client.
certificate() {
  local usage=clientAuth names=
  if [[ -n ${4:-} ]]; then
    usage=serverAuth
    names=subjectAltName=$4
  fi
  openssl ecparam -genkey -name prime256v1 -noout -out "$1/$2.key"
  openssl req -new -key "$1/$2.key" -subj "$3" |
    openssl x509 -req -CA "$1/ca.crt" -CAkey "$1/ca.key" -set_serial "0x$(openssl rand -hex 8)" -days 3650 -out "$1/$2.crt" \
      -extfile <(printf '%s\n' keyUsage=critical,digitalSignature "extendedKeyUsage=$usage" "$names") 2>/dev/null
}

# service_account_key FOLDER: service-account.key and service-account.pub.
service_account_key() {
  openssl ecparam -genkey -name prime256v1 -noout -out "$1/service-account.key"
  openssl ec -in "$1/service-account.key" -pubout -out "$1/service-account.pub" 2>/dev/null
}

# kubeconfig FILE URL FOLDER NAME: everything is inside the file, so it may be copied anywhere.
kubeconfig() {
  cat >"$1" <<CONFIG
apiVersion: v1
kind: Config
current-context: testbed
clusters:
  - name: testbed
    cluster:
      server: $2
      certificate-authority-data: $(base64 -w0 "$3/ca.crt")
users:
  - name: $4
    user:
      client-certificate-data: $(base64 -w0 "$3/$4.crt")
      client-key-data: $(base64 -w0 "$3/$4.key")
contexts:
  - name: testbed
    context:
      cluster: testbed
      user: $4
CONFIG
  chmod 600 "$1"
}

# cluster_certificates: all of the testbed's cluster, in one step that is either done or not.
cluster_certificates() {
  [[ ! -d $PKI ]] || return 0
  local new=$PKI.new user
  rm -rf "$new"
  mkdir -p "$new"
  certificate_authority "$new"
  service_account_key "$new"
  certificate "$new" apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,\
DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:$SERVICE_IP,IP:$NODE_IP,IP:127.0.0.1"
  certificate "$new" kubelet-server "/CN=$NODE" "DNS:$NODE,IP:$NODE_IP"
  certificate "$new" apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
  certificate "$new" front-proxy /CN=front-proxy-client
  certificate "$new" admin /O=system:masters/CN=admin
  certificate "$new" controller-manager /CN=system:kube-controller-manager
  certificate "$new" scheduler /CN=system:kube-scheduler
  certificate "$new" kube-proxy /CN=system:kube-proxy
  certificate "$new" kubelet "/O=system:nodes/CN=system:node:$NODE"
  for user in admin controller-manager scheduler kube-proxy kubelet; do
    kubeconfig "$RUN/$user.kubeconfig" "$API_URL" "$new" "$user"
  done
  mv "$new" "$PKI"
}
