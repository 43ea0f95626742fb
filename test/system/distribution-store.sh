#!/bin/sh
# Tests what only a real distribution can prove: npm run test:distribution-store, as root.
#
# Adds and removes anchors, deselects and blocklists roots, puts a file into OpenSSL's directory and makes its hash
# link, each with the distribution's own tools, and compares what these then trust with what os-truststore reads.
# Restores everything, even when it fails or is interrupted; distribution-sandbox.sh runs it without touching the
# machine.
set -eu
cd "$(dirname "$0")/../.."

if [ "$(uname)" != Linux ] || [ "$(id -u)" != 0 ]; then
  echo 'This test changes the store of the machine and needs Linux and root.' >&2
  exit 1
fi

kept=$(mktemp -d)
list='/etc/ca-certificates.conf /usr/local/share/ca-certificates /etc/pki/ca-trust/source /etc/pki/trust /etc/ca-certificates/trust-source'

for path in $list; do
  [ -e "$path" ] || continue
  mkdir -p "$kept$(dirname "$path")"
  cp -a "$path" "$kept$path"
done

put_back() {
  for path in $list; do
    rm -rf "$path"
    [ ! -e "$kept$path" ] || cp -a "$kept$path" "$path"
  done
  if command -v update-ca-trust >/dev/null; then
    update-ca-trust
  else
    update-ca-certificates >/dev/null
  fi
  rm -rf "$kept"
}
trap put_back EXIT
trap 'exit 130' INT TERM

DISTRIBUTION_TEST_STORE=1 node test/tools/run-tests.mjs --file-timeout=480 test/system/distribution-store.test.ts
