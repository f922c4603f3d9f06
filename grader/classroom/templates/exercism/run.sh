#!/usr/bin/env bash
# Exercism's test runner: run.sh SLUG INPUT OUTPUT. Exit status 0 means that results.json is there, whatever
# the tests said; set GRADER to where the kata lies in the image.
set -u
input=$(cd "$2" && pwd) || exit 1
output=$(cd "$3" && pwd) || exit 1
rm -f "$output/results.json"
cd "${GRADER:-/opt/test-runner}" || exit 1
python -m grader run --submission "$input" --exercism "$output/results.json"
[ -s "$output/results.json" ]
