#!/usr/bin/env bash
# Tests what only a Mac can prove: npm run test:macos-keychain
#
# Makes a keychain, adds certificates with trust settings of the admin and the user's domain with security(1), compares
# what macOS then says with what os-truststore reads, shows that reading makes no network request, and measures it. Asks
# for an administrator's password once, because trust settings for the whole machine belong to administrators; undoes
# all its changes, even when it fails or is interrupted.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "$(uname)" != Darwin ]; then
  echo 'This test needs a Mac.' >&2
  exit 1
fi

work=$(mktemp -d)
keychain=$work/os-truststore-test.keychain-db
rights=(com.apple.trust-settings.admin com.apple.trust-settings.user)

search_list=()
while IFS= read -r line; do
  search_list+=("$(sed -e 's/^ *"//' -e 's/"$//' <<<"$line")")
done < <(security list-keychains -d user)

cleanup() {
  # Restore both domains to what they were; settings first, while they may be changed without a question.
  if [ -s "$work/user.plist" ]; then security trust-settings-import "$work/user.plist" || true; fi
  if [ -s "$work/admin.plist" ]; then sudo security trust-settings-import -d "$work/admin.plist" || true; fi
  if [ -e "$work/user-settings-on" ]; then sudo security user-trust-settings-enable -e || true; fi
  security list-keychains -d user -s "${search_list[@]}" || true
  security delete-keychain "$keychain" 2>/dev/null || true
  for right in "${rights[@]}"; do
    if [ -s "$work/$right.plist" ]; then
      # shellcheck disable=SC2024 # the file is ours to read
      sudo security authorizationdb write "$right" <"$work/$right.plist" 2>/dev/null || true
    fi
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

sudo -v
# Without this, every setting would open a window and ask, and a runner without a screen could not answer.
for right in "${rights[@]}"; do
  security authorizationdb read "$right" >"$work/$right.plist" 2>/dev/null
  sudo security authorizationdb write "$right" allow 2>/dev/null
done

# A domain without settings cannot be exported; without a certificate, add-trusted-cert writes a file without settings.
security trust-settings-export "$work/user.plist" || security add-trusted-cert -o "$work/user.plist"
security trust-settings-export -d "$work/admin.plist" || security add-trusted-cert -o "$work/admin.plist"
case $(security user-trust-settings-enable) in *Enabled) touch "$work/user-settings-on" ;; esac

security create-keychain -p '' "$keychain"
security unlock-keychain -p '' "$keychain"
security list-keychains -d user -s "${search_list[@]}" "$keychain"

# They run one after the other, because both write the settings of whole domains.
MACOS_TEST_KEYCHAIN=$keychain node test/tools/run-tests.mjs --concurrency=1 --file-timeout=600 \
  test/system/macos-keychain.test.ts test/system/macos-keychain-settings.test.ts
