#!/bin/sh
# Headers for the go command (Go 1.24 and newer, `go help goauth`): a token as Bearer, and X-Env for an environment, which a .netrc cannot say.
#
#   export GOPROXY=https://goproxy.acme.example
#   export GOAUTH="/path/to/goauth.sh $GOPROXY"
#   export GOPROXYCACHE_TOKEN_FILE=/var/run/secrets/tokens/goproxy   # or GOPROXYCACHE_TOKEN with the token itself
#   export GOPROXYCACHE_ENVIRONMENT=staging                          # or not: then the default one
#
# go asks once before its first request, and again with a URL when an answer is 4xx: by then the file may have a new token. The
# headers go to URLs below the one named, and nowhere else.
set -eu

fail() {
  echo "goauth.sh: $*" >&2
  exit 1
}

proxy=${1-}
case $proxy in
  https://?*) ;;
  *) fail "needs the address of the proxy, with https: write GOAUTH=\"$0 https://goproxy.acme.example\"" ;;
esac

token=${GOPROXYCACHE_TOKEN-}
if [ -n "${GOPROXYCACHE_TOKEN_FILE-}" ]; then
  [ -r "$GOPROXYCACHE_TOKEN_FILE" ] || fail "cannot read $GOPROXYCACHE_TOKEN_FILE, which GOPROXYCACHE_TOKEN_FILE names"
  token=$(cat "$GOPROXYCACHE_TOKEN_FILE")
fi
environment=${GOPROXYCACHE_ENVIRONMENT-}

# Nothing here may become a header of its own.
case $token in
  '') fail 'has no token: set GOPROXYCACHE_TOKEN_FILE or GOPROXYCACHE_TOKEN' ;;
  *[!A-Za-z0-9._-]*) fail 'what it has is no token: letters, digits, and the characters . - _ are all that one has' ;;
esac
case $environment in
  *[!a-z0-9-]*) fail 'GOPROXYCACHE_ENVIRONMENT is no name of an environment' ;;
esac

printf '%s\n\nAuthorization: Bearer %s\n' "$proxy" "$token"
[ -z "$environment" ] || printf 'X-Env: %s\n' "$environment"
printf '\n'
