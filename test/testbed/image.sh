#!/usr/bin/env bash
# More images for a testbed that is up:
#   image.sh load ARCHIVE   those of NAME.tar that it has not, by the NAME.digest beside it
#   image.sh tag NAME NEW   another name for an image that it has: a change of the image that changes nothing else
set -euo pipefail
HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
for part in settings lib containerd; do
  # shellcheck source=/dev/null
  . "$HERE/$part.sh"
done

need_root
process_alive containerd || die 'the testbed is not up: run test/testbed/up.sh'
case "${1:-} $#" in
'load 2') import_images "$2" ;;
'tag 3') containerd_ctl images tag --force "$2" "$3" >/dev/null ;;
*) die 'usage: image.sh load ARCHIVE, or image.sh tag NAME NEW' ;;
esac
