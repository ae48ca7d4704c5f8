#!/usr/bin/env bash
# play.sh [--full]: the main job on SQLite with the embedded broker and on PostgreSQL with Apache Kafka
# must give the same summary.json byte for byte. --full plays the default size, and all districts.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$root/build/play
export YILIAN_RUN_DIR=$out/run
rm -rf "$out"/{a,b,all}

size=(--residents 1000 --months 2)
[ "${1:-}" != --full ] || size=()
"$root/deploy/run.sh" "${size[@]}" --out "$out/a"
"$root/deploy/run.sh" "${size[@]}" --store postgres --broker kafka --out "$out/b"
cmp "$out/a/summary.json" "$out/b/summary.json"
if [ "${1:-}" = --full ]; then
    "$root/deploy/run.sh" --district all --residents 2000 --months 3 --out "$out/all"
fi
