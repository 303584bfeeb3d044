# Names, addresses and folders of the testbed: the one place that knows them. Sourced.
# shellcheck shell=bash disable=SC2034 # the sourcing scripts use the variables

KUBERNETES_VERSION=1.34.4
ATHENS_VERSION=v0.18.1

# Folders. Everything the testbed makes is below DIR, nothing is written into the checkout.
TESTBED=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(cd -- "$TESTBED/../.." && pwd)
DIR=${GPC_TESTBED_DIR:-$HOME/.cache/goproxycache-testbed}
BIN=$DIR/bin               # programs, kept for ever
IMAGES=$DIR/images         # image archives, kept until --purge
VOLUMES=$DIR/volumes       # what pods stored, kept until --purge
LOGS=$DIR/logs             # one log a process, audit.log, pods/
RUN=$DIR/run               # pid files, certificates, etcd: the state of one cluster, gone after down.sh
PKI=$RUN/pki
CONTAINERD=$DIR/containerd # root/ holds the imported images

# The cluster. Bridges and tables carry names of our own, so nothing of the machine's is touched.
NODE=node1
NODE_BRIDGE=gpc0
NODE_IP=172.30.0.1 # an API server on 127.0.0.1 cannot back the `kubernetes` Service, so the node has an address of its own
POD_BRIDGE=gpccni0
POD_NETWORK=goproxycache
POD_CIDR=10.244.0.0/16
NODE_POD_CIDR=10.244.0.0/24
SERVICE_CIDR=10.97.0.0/16
SERVICE_IP=10.97.0.1
DNS_IP=10.97.0.10
API_URL=https://$NODE_IP:26443
ETCD_URL=http://127.0.0.1:22379
ETCD_PEER_URL=http://127.0.0.1:22380
CONTAINERD_SOCKET=$CONTAINERD/containerd.sock
CGROUP=goproxycache-testbed
NFT_TABLE=goproxycache_testbed
ADMIN_KUBECONFIG=$RUN/admin.kubeconfig

PATH=$BIN:$CHECKOUT/node_modules/.bin:$PATH
export PATH
