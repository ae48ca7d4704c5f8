#!/usr/bin/env bash
# play.sh [--full]: the main job must be good, and the same seed and options must give the same
# summary.json byte for byte: on SQLite with the embedded broker and on PostgreSQL with Apache Kafka, with
# one call at a time and with many, from the synthetic registers and from the same registers read from
# files. Bad rows of files are told and cost only themselves. Then all districts with one report. --full
# plays the default size, and larger districts.
# The last line is the verdict; whatever happens, nothing stays running.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$root/build/play
export YILIAN_RUN_DIR=$out/run
step=preparing

verdict() {
    local status=$?
    trap - EXIT
    [ ! -d "$YILIAN_RUN_DIR" ] || "$root/deploy/stop.sh" "$YILIAN_RUN_DIR" || status=1
    if [ "$status" = 0 ]; then
        echo "play.sh: PASSED in $SECONDS s"
    else
        echo "play.sh: FAILED after $SECONDS s: $step" >&2
    fi
    exit "$status"
}
trap verdict EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# play NAME OPTION...: the main job into OUT/NAME.
play() {
    step="$1: deploy/run.sh ${*:2}"
    local begin=$SECONDS
    echo "== $step"
    "$root/deploy/run.sh" "${@:2}" --out "$out/$1" || return
    echo "== $1: $((SECONDS - begin)) s"
}

same() {
    step="$1 and $2 have the same summary.json"
    cmp "$out/$1/summary.json" "$out/$2/summary.json"
}

full=
[ "${1:-}" != --full ] || full=yes
rm -rf "$out"/{default,real,one,files,input,bad-input,small,bad,all,large,large-real,large-all}
mkdir -p "$out"

size=(--residents 600 --months 2)
play default "${size[@]}"
play real "${size[@]}" --store postgres --broker kafka
same default real
play one "${size[@]}" --threads 1
same default one

# write_files NAME OPTION...: the synthetic registers as an operator's files.
write_files() {
    step="$1: writing the synthetic registers as files"
    "$root/build/release/services/cli/yilian" play --run "$YILIAN_RUN_DIR/120111" "${@:2}" \
        --write-input "$out/$1" --out "$out/$1"
}

write_files input "${size[@]}"
play files --months 2 --input "$out/input"
same default files

# A resident at an institution that is not there: named, left out, and told by the exit code.
write_files bad-input --residents 100 --months 1
play small --residents 100 --months 1
echo 'R-1,ID_CARD,999999199001010019,x,1,1990-01-01,RES,120111,,NOWHERE,,' >>"$out/bad-input/residents.csv"
if play bad --months 1 --input "$out/bad-input"; then
    step='bad: a bad row, and exit code 0'
    false
fi
step='bad: input.errors.csv names the row'
grep -qF 'residents.csv,102,home_institution_id,REFERENCE_NOT_FOUND,NOWHERE' "$out/bad/input.errors.csv"
same small bad

play all --district all --residents 120 --months 1
if [ -n "$full" ]; then
    play large
    play large-real --store postgres --broker kafka
    same large large-real
    play large-all --district all --residents 2000 --months 3
fi
