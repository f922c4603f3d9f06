#!/bin/sh
# Fetch what draws the pages' diagrams and formulas on GitHub, into .ci/node/: Mermaid and KaTeX, one file each.
set -eu
to="$(cd "$(dirname "$0")/../.." && pwd)/.ci/node"
mkdir -p "$to"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
for tool in mermaid@11.17.2 katex@0.16.25; do
  name="${tool%@*}"
  archive="$(npm pack --silent "$tool")"
  tar -xzf "$archive" "package/dist/$name.min.js"
  mv "package/dist/$name.min.js" "$to/"
done
