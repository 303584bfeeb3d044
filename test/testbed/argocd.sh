#!/usr/bin/env bash
# A real Argo CD for the testbed: its components as processes of this machine, on loopback, with the administrator's
# kubeconfig; redis; and a git daemon that serves every bare repository in $RUN/argocd/git.
#   argocd.sh up     starts what is missing; exit status 0: Argo CD answers
#   argocd.sh down   stops these processes, and removes their files
# Applications and other objects in the cluster stay until the testbed is down.
set -euo pipefail
HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
for part in settings lib packages; do
  # shellcheck source=/dev/null
  . "$HERE/$part.sh"
done

FOLDER=$RUN/argocd
HOST=127.0.0.1
GIT_PORT=27418 REDIS_PORT=27379 REPO_PORT=27081 SERVER_PORT=27083
COMPONENTS=(argocd-server argocd-applicationset-controller argocd-application-controller argocd-repo-server argocd-redis argocd-git)

# component NAME FLAG...: one program is all components; the name of its file decides. FAKE_IN_CLUSTER: the address
# https://kubernetes.default.svc means the cluster of the kubeconfig. PERSIST: the health of each resource stands in the
# Application, not in redis alone.
component() {
  local name=$1
  shift
  ln -sf "$BIN/argocd" "$FOLDER/bin/$name"
  HOME=$FOLDER/home TMPDIR=$FOLDER/tmp KUBECONFIG=$ADMIN_KUBECONFIG ARGOCD_FAKE_IN_CLUSTER=true ARGOCD_GPG_ENABLED=false \
    ARGOCD_ASK_PASS_SOCK=$FOLDER/askpass.sock ARGOCD_APPLICATION_CONTROLLER_PERSIST_RESOURCE_HEALTH=true \
    process_start "$name" "$FOLDER/bin/$name" "$@"
}

up() {
  local crds
  install_packages redis-server
  "$HERE/build.sh" argocd
  mkdir -p "$FOLDER"/{bin,git,home,tmp,redis}
  export KUBECONFIG=$ADMIN_KUBECONFIG
  crds=$(go list -C "$HERE/programs-argocd" -m -f '{{.Dir}}' github.com/argoproj/argo-cd/v3)/manifests/crds
  {
    kubectl create namespace argocd --dry-run=client -o yaml | kubectl apply -f -
    kubectl apply --server-side --force-conflicts -f "$crds/application-crd.yaml" -f "$crds/applicationset-crd.yaml" -f "$crds/appproject-crd.yaml"
    kubectl wait --for=condition=Established --timeout=30s crd/applications.argoproj.io crd/applicationsets.argoproj.io crd/appprojects.argoproj.io
    kubectl apply -f "$HERE/argocd/install.yaml"
    kubectl apply --server-side --force-conflicts -f "$CHECKOUT/argocd/argocd-cm.yaml"
  } >>"$LOGS/argocd-install.log" 2>&1 || die "could not prepare the cluster for Argo CD, see $LOGS/argocd-install.log"

  process_start argocd-git "$(git --exec-path)/git-daemon" --listen=$HOST --port=$GIT_PORT --reuseaddr --export-all \
    --base-path="$FOLDER/git" "$FOLDER/git"
  process_start argocd-redis redis-server --bind $HOST --port $REDIS_PORT --save '' --appendonly no --dir "$FOLDER/redis"
  component argocd-repo-server --redis $HOST:$REDIS_PORT --disable-tls --address $HOST --port $REPO_PORT \
    --metrics-address $HOST --metrics-port 27084
  component argocd-application-controller --namespace argocd --redis $HOST:$REDIS_PORT --repo-server $HOST:$REPO_PORT --repo-server-plaintext \
    --metrics-port 27082 --app-resync 10 --app-resync-jitter 0
  component argocd-applicationset-controller --namespace argocd --argocd-repo-server $HOST:$REPO_PORT --repo-server-plaintext \
    --metrics-addr $HOST:27085 --probe-addr $HOST:27086 --webhook-addr $HOST:27087
  component argocd-server --namespace argocd --redis $HOST:$REDIS_PORT --repo-server $HOST:$REPO_PORT --repo-server-plaintext --insecure \
    --disable-auth --address $HOST --port $SERVER_PORT --metrics-address $HOST --metrics-port 27088
  wait_for 'the repo server' 60 argocd-repo-server curl -fsS --max-time 2 "http://$HOST:27084/healthz?full=true"
  wait_for 'the application controller' 60 argocd-application-controller curl -fsS --max-time 2 "http://$HOST:27082/healthz"
  wait_for 'the ApplicationSet controller' 60 argocd-applicationset-controller curl -fsS --max-time 2 "http://$HOST:27085/metrics"
  wait_for 'the API server of Argo CD' 60 argocd-server curl -fsS --max-time 2 "http://$HOST:$SERVER_PORT/healthz"
  say "Argo CD is up: argocd --plaintext --server $HOST:$SERVER_PORT, repositories of $FOLDER/git at git://$HOST:$GIT_PORT/"
}

down() {
  local name
  for name in "${COMPONENTS[@]}"; do process_stop "$name" 10; done
  rm -rf "$FOLDER"
  say 'Argo CD is down'
}

case ${1:-} in
  up)
    process_alive kubelet || die 'the testbed is not up: run test/testbed/up.sh'
    up
    ;;
  down) down ;;
  *) die 'usage: argocd.sh up|down' ;;
esac
