#!/bin/sh
# The keys of token issuers. A part of entrypoint.sh, which has its variables and the functions get, put, reject, publish and served.
# shellcheck disable=SC2154

# verifiers: changes when the mounted keys of token issuers do
verifiers() {
  readlink "$jwks/..data" 2>/dev/null || cat "$jwks"/*.json 2>/dev/null | sha256sum
}

# trust: nginx verifies tokens with the mounted keys from now on, if they are good. It reads them for each token that it does not know,
# so nothing is reloaded. On failure the old ones stay, and the file `reason` says why.
trust() {
  if [ ! -f "$run/auth.json" ]; then
    rm -rf "$auth/keys"
    return 0
  fi
  rm -rf "$auth/offered"
  (
    umask 077
    mkdir -p "$auth/keys" "$auth/offered"
    for issuer in $(cat "$config/issuers"); do
      cat "$jwks/$issuer.json" >"$auth/offered/$issuer.json" || :
    done
  ) 2>/dev/null
  found=$(curl -s -m 5 --noproxy '*' --unix-socket "$run/auth.sock" http://gateway/keys || :)
  if [ "$found" = good ]; then
    mv "$auth/offered"/*.json "$auth/keys/"
    echo ok >"$auth/keys/ready"
    return 0
  fi
  rm -rf "$auth/offered"
  echo "keys in $jwks: ${found:-nginx cannot check them}" | put reason
  return 1
}

# renew_keys: the keys of token issuers have changed, or who they are
renew_keys() {
  offered_keys=$(verifiers)
  if trust; then
    trusted=$offered_keys
    case $(get error) in "keys in $jwks: "*)
      : | put rejected
      : | put error
      told=
      publish
      ;;
    esac
  else
    trusted=
    wanted=$(served)
    reject
  fi
}

# first_keys: waits for keys that are good. After a restart of the container, the last good ones will do.
first_keys() {
  renew_keys
  while [ -z "$trusted" ] && [ ! -f "$auth/keys/ready" ]; do
    sleep 1
    renew_keys
  done
}
