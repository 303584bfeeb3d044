#!/usr/bin/env bash
# Builds the programs of the testbed from pinned Go modules into $GPC_TESTBED_DIR/bin.
#   build.sh apiserver   etcd, kube-apiserver, kube-controller-manager and kubectl: what the API server suite needs
#   build.sh faults      these and kwok: what `npm run test:faults` needs
#   build.sh chart       helm and kubeconform: what the suites that look at manifests need
#   build.sh [all]       these and the rest of the cluster
#   build.sh bench       Athens, goproxy and a load generator: what `npm run bench:gateway` needs
#   build.sh argocd      Argo CD, which `npm run test:gitops` needs: about 10 minutes the first time
# A program is built again only when its stamp changes (go.mod, go.sum, own sources, flags, Go version). Safe to start
# early in the background, to kill at any moment and to run twice at once. Exit status 0: all wanted programs are there.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
for part in settings lib; do
  # shellcheck source=/dev/null
  . "./$part.sh"
done

# go.sum names every module, so nothing is looked up in a checksum database. GOGC: the compiler may use more memory, it
# takes about a fifth less processor time.
export GOFLAGS='-buildvcs=false -trimpath -mod=readonly' CGO_ENABLED=0 GOWORK=off GOGC=400
VERSION=k8s.io/component-base/version
KUBE_LDFLAGS="-s -w -X $VERSION.gitVersion=v$KUBERNETES_VERSION -X $VERSION.gitMajor=1 -X $VERSION.gitMinor=34"

# stamp MODULE LDFLAGS PACKAGE: what the built program depends on, as one hash.
stamp() {
  {
    echo "$GO_VERSION $GOFLAGS $CGO_ENABLED $2 $3"
    cat "$1/go.mod" "$1/go.sum"
    if [[ $3 == ./* ]]; then cat "$1/$3"/*.go; fi
  } | sha256sum | cut -d' ' -f1
}

# is_built MODULE LDFLAGS NAME=PACKAGE
is_built() {
  local name=${3%%=*}
  [[ -x $BIN/$name && $(cat "$BIN/.stamps/$name" 2>/dev/null) == "$(stamp "$1" "$2" "${3#*=}")" ]]
}

# missing MODULE LDFLAGS NAME=PACKAGE...: those that must be built, one a line.
missing() {
  local module=$1 ldflags=$2 program
  shift 2
  for program; do
    is_built "$module" "$ldflags" "$program" || echo "$program"
  done
}

# build MODULE LDFLAGS NAME=PACKAGE...: one `go build` for what is missing. The lock is held for one call only, so a
# second build.sh gets its programs as soon as the first has them. A go command that outlives a killed build.sh has
# inherited the lock, and keeps it.
build() {
  local module=$1 ldflags=$2 wanted names begin program name temporary
  mapfile -t wanted < <(missing "$@")
  ((${#wanted[@]} > 0)) || return 0
  exec 8>"$BIN/.lock"
  if ! flock --nonblock 8; then
    say "waiting for the build in the background: $(cat "$BIN/.building.names" 2>/dev/null || echo 'a program') (minutes the first time)"
    flock 8
    mapfile -t wanted < <(missing "$@")
  fi
  if ((${#wanted[@]} > 0)); then
    names=("${wanted[@]%%=*}")
    say "building ${names[*]}"
    echo "${names[*]}" >"$BIN/.building.names"
    begin=$SECONDS
    temporary=$BIN/.building
    rm -rf "$temporary"
    mkdir "$temporary"
    if ! compile "$module" "$ldflags" "$temporary" "${wanted[@]}" >"$LOGS/build-${names[0]}.log" 2>&1; then
      tail -n 20 "$LOGS/build-${names[0]}.log" >&2
      die "go build failed for ${names[*]}, see $LOGS/build-${names[0]}.log"
    fi
    for program in "${wanted[@]}"; do
      name=${program%%=*}
      rm -f "$BIN/.stamps/$name"
      mv "$temporary/$name" "$BIN/$name"
      stamp "$module" "$ldflags" "${program#*=}" >"$BIN/.stamps/$name"
    done
    rm -rf "$temporary"
    say "built ${names[*]} in $((SECONDS - begin)) s"
  fi
  exec 8>&-
}

# compile MODULE LDFLAGS FOLDER NAME=PACKAGE...: go names each program after the last part of its package, which is
# right for several in one call; a single one gets its name from -o.
compile() {
  local module=$1 ldflags=$2 folder=$3
  shift 3
  if (($# == 1)); then
    go build -C "$module" -ldflags "$ldflags" -o "$folder/${1%%=*}" "${1#*=}"
  else
    go build -C "$module" -ldflags "$ldflags" -o "$folder/" "${@#*=}"
  fi
}

kube() {
  local packages=("${@/#/k8s.io/kubernetes/cmd/}") programs=() i
  for ((i = 1; i <= $#; i++)); do programs+=("${!i}=${packages[i - 1]}"); done
  build programs "$KUBE_LDFLAGS" "${programs[@]}"
}

build_apiserver() {
  build programs '-s -w' etcd=go.etcd.io/etcd/server/v3
  kube kube-apiserver kube-controller-manager kubectl
}

build_bench() {
  build_athens
  build programs-goproxy '-s -w' goproxy=github.com/goproxy/goproxy/cmd/goproxy
  build programs-vegeta '-s -w' vegeta=github.com/tsenart/vegeta/v12
}

build_argocd() { build programs-argocd '-s -w' argocd=github.com/argoproj/argo-cd/v3/cmd; }

build_faults() {
  build_apiserver
  build programs-kwok '-s -w' kwok=sigs.k8s.io/kwok/cmd/kwok
}

# Without a version of Kubernetes, `helm template` says that it speaks to 1.20.
build_chart() {
  local helm=helm.sh/helm/v3 minor=${KUBERNETES_VERSION#*.}
  local kube="-X $helm/pkg/chartutil.k8sVersionMajor=1 -X $helm/pkg/chartutil.k8sVersionMinor=${minor%%.*}"
  build programs-helm "-s -w $kube" "helm=$helm/cmd/helm"
  build programs-kubeconform '-s -w' kubeconform=github.com/yannh/kubeconform/cmd/kubeconform
}

build_athens() { build programs-athens '-s -w' athens-proxy=github.com/gomods/athens/cmd/proxy; }

build_cluster() {
  kube kube-scheduler kubelet kube-proxy
  build programs '-s -w' pause=./pause
  build_athens
  build programs '-s -w' coredns=./coredns
  # A call of its own: it imports logrus by an old spelling that go refuses beside the new one.
  build programs '-s -w' local-path-provisioner=github.com/rancher/local-path-provisioner
}

command -v go >/dev/null || die 'the go command is missing: install Go (https://go.dev/dl)'
GO_VERSION=$(go env GOVERSION)
mkdir -p "$BIN/.stamps" "$LOGS"
case ${1:-all} in
  apiserver) build_apiserver ;;
  argocd) build_argocd ;;
  athens) build_athens ;;
  bench) build_bench ;;
  chart) build_chart ;;
  faults) build_faults ;;
  all)
    build_apiserver
    build_chart
    build_cluster
    ;;
  *) die 'usage: build.sh [apiserver|argocd|athens|bench|chart|faults|all]' ;;
esac
say "programs are in $BIN"
