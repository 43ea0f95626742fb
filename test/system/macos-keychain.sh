#!/usr/bin/env bash
# What only a Mac can prove: npm run test:macos-keychain
#
# Makes a keychain, adds trusted, denied, host-limited and TrustAsRoot certificates with security(1), compares what macOS
# then says with what os-truststore reads, shows that reading asks the network for nothing, and measures it. Asks for an
# administrator's password once, because trust settings for the whole machine are an administrator's; takes back
# everything it changed, also when it fails or is interrupted.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "$(uname)" != Darwin ]; then
  echo 'This test needs a Mac.' >&2
  exit 1
fi

work=$(mktemp -d)
keychain=$work/os-truststore-test.keychain-db
right=com.apple.trust-settings.admin

search_list=()
while IFS= read -r line; do
  search_list+=("$(sed -e 's/^ *"//' -e 's/"$//' <<<"$line")")
done < <(security list-keychains -d user)

cleanup() {
  security list-keychains -d user -s "${search_list[@]}" || true
  security delete-keychain "$keychain" 2>/dev/null || true
  if [ -s "$work/right.plist" ]; then
    sudo security authorizationdb write "$right" <"$work/right.plist" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

sudo -v
# Without this, every setting would ask again in a window, and a runner without a screen could not answer.
security authorizationdb read "$right" >"$work/right.plist" 2>/dev/null
sudo security authorizationdb write "$right" allow 2>/dev/null

security create-keychain -p '' "$keychain"
security unlock-keychain -p '' "$keychain"
security list-keychains -d user -s "${search_list[@]}" "$keychain"

MACOS_TEST_KEYCHAIN=$keychain node test/tools/run-tests.mjs test/system/macos-keychain.test.ts
