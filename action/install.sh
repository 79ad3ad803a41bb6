#!/usr/bin/env bash
# Puts an akslint binary where the action's next step finds it: the one that was named, a release whose checksum is
# right, or a build of this source. Reads AKSLINT_* (see action.yml) and the runner's own variables.
set -euo pipefail

# A message of our own on the runner's page.
fail() {
  echo "::error title=akslint::$1"
  exit 2
}

use() {
  echo "binary=$1" >> "$GITHUB_OUTPUT"
  "$1" --version
  exit 0
}

if [ -n "${AKSLINT_BINARY:-}" ]; then
  [ -f "$AKSLINT_BINARY" ] || fail "there is no binary at the path that the input names"
  use "$AKSLINT_BINARY"
fi

home="$RUNNER_TEMP/akslint"
mkdir -p "$home"
version="${AKSLINT_VERSION:-}"

if [ "$version" = source ]; then
  cargo install --locked --quiet --path "$GITHUB_ACTION_PATH" --root "$home"
  use "$home/bin/akslint"
fi

if [ -z "$version" ]; then
  version="$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)"
fi
version="${version#v}"
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$ ]] || fail "the version must look like 0.1.0"

name=akslint
case "$RUNNER_OS-$RUNNER_ARCH" in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-msvc name=akslint.exe ;;
  *) fail "there is no release for $RUNNER_OS on $RUNNER_ARCH; use version: source" ;;
esac

archive="akslint-$target.tar.gz"
from="$AKSLINT_RELEASE_URL/v$version"
get() {
  # Nothing but https on the way, redirects included; a file only where the caller says so.
  curl --fail --silent --show-error --location --retry 3 --proto '=https,file' --proto-redir '=https' \
    --output "$home/$1" "$from/$1" || fail "cannot download $1 of version $version"
}
get "$archive"

wanted="${AKSLINT_SHA256:-}"
if [ -z "$wanted" ]; then
  get SHA256SUMS
  wanted="$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$home/SHA256SUMS")"
  [ -n "$wanted" ] || fail "SHA256SUMS of version $version does not name $archive"
fi
if command -v sha256sum > /dev/null; then
  found="$(sha256sum < "$home/$archive" | cut -d ' ' -f 1)"
else
  found="$(shasum -a 256 < "$home/$archive" | cut -d ' ' -f 1)"
fi
wanted="$(printf '%s' "$wanted" | tr 'A-F' 'a-f')"
if [ "$found" != "$wanted" ]; then
  rm -f "$home/$archive"
  fail "the checksum of $archive is $found, not $wanted; it is not used"
fi

tar -xzf "$home/$archive" -C "$home" "$name"
use "$home/$name"
