#!/usr/bin/env bash
# stop.sh [DIR]: stops what deploy/run.sh started and left running (--keep, or a killed run), by the pid
# files of the run folder (default: run/ of the tree, YILIAN_RUN_DIR). Services stop first and orderly.
set -euo pipefail
deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/processes.sh
. "$deploy/local/processes.sh"

run=${1:-${YILIAN_RUN_DIR:-$deploy/../run}}
shopt -s nullglob
failed=

# All services are asked at once; a service drains its calls for ten seconds at most.
stop_services() {
    local file pid
    for file in "$1"/pids/*; do
        if pid=$(running "$file"); then kill -TERM "$pid" 2>/dev/null || true; fi
    done
    for file in "$1"/pids/*; do terminate "$file" TERM 20 || failed=yes; done
}

for folder in "$run" "$run"/*/; do
    folder=${folder%/}
    stop_services "$folder"
    if [ -f "$folder/broker/pid" ]; then terminate "$folder/broker/pid" TERM 30 || failed=yes; fi
    if [ -f "$folder/postgres/pid" ]; then
        "$deploy/local/postgres.sh" stop "$folder/postgres" || failed=yes
    fi
done
[ -z "$failed" ]
