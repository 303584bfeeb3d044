#!/bin/sh
# A real Argo CD syncs synthesized manifests onto the real cluster, which starts without the operator. With --record, what Argo CD
# shows goes into docs/gitops.md, and the objects it judged into argocd/resource_customizations.
set -eu
cd "$(dirname "$0")/../.."
case "${1:-}" in
  '') ;;
  --record) export GITOPS_RECORD=1 ;;
  *) echo 'usage: npm run test:gitops [-- --record]' >&2; exit 2 ;;
esac
down() {
  test/testbed/argocd.sh down
  test/testbed/down.sh
}
test/testbed/build.sh argocd
down
trap down EXIT
test/testbed/up.sh
test/testbed/load-operator.sh
test/testbed/argocd.sh up
# In this order: the first wants a cluster without the operator, and records what the last one reads.
for part in application applicationset health; do
  npm run --silent jest -- --runInBand "test/gitops/$part.test.ts"
done
