#!/bin/sh
# Fetch axe-core, which looks for what keeps people from using a page, into .ci/node/: one file.
set -eu
to="$(cd "$(dirname "$0")/../../.." && pwd)/.ci/node"
mkdir -p "$to"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
archive="$(npm pack --silent axe-core@4.10.3)"
tar -xzf "$archive" package/axe.min.js
mv package/axe.min.js "$to/"
