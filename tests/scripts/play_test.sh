#!/usr/bin/env bash
# The verdict of tests/tools/play.sh, on a tree whose main job is a stand-in.
. "$(dirname "${BASH_SOURCE[0]}")/assert.sh"
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
mkdir -p "$tree"/{deploy,tests/tools,build/release/services/cli}
cp "$root/tests/tools/play.sh" "$tree/tests/tools"

# The n-th play ends with the code that the file code.N holds and writes what summary.N holds. Plays with
# bad rows end with 1, as they must.
cat >"$tree/deploy/run.sh" <<'SH'
#!/usr/bin/env bash
set -euo pipefail
state=$STATE
n=$(($(cat "$state/plays" 2>/dev/null || echo 0) + 1))
echo "$n" >"$state/plays"
mkdir -p "$YILIAN_RUN_DIR"
while [ "$1" != --out ]; do
    [ "$1" != --input ] || input=$2
    shift
done
mkdir -p "$2"
cat "$state/summary.$n" >"$2/summary.json" 2>/dev/null || echo '{}' >"$2/summary.json"
[ ! -f "$state/code.$n" ] || exit "$(<"$state/code.$n")"
[ "$(basename "${input:-}")" = bad-input ] || exit 0
echo "x/residents.csv,102,home_institution_id,REFERENCE_NOT_FOUND,NOWHERE" >"$2/input.errors.csv"
exit 1
SH
cat >"$tree/deploy/stop.sh" <<'SH'
#!/usr/bin/env bash
echo stopped >>"$STATE/stops"
SH
cat >"$tree/build/release/services/cli/yilian" <<'SH'
#!/usr/bin/env bash
while [ "$1" != --write-input ]; do shift; done
mkdir -p "$2"
SH
chmod +x "$tree"/deploy/*.sh "$tree/build/release/services/cli/yilian"

fresh() {
    export STATE=$scratch/state
    rm -rf "$STATE"
    mkdir -p "$STATE"
}
check() { "$tree/tests/tools/play.sh" "$@"; }

fresh
check >"$scratch/said" 2>&1 || fail "a good tree: $(<"$scratch/said")"
grep -q '^play.sh: PASSED' <<<"$(tail -n 1 "$scratch/said")" || fail 'no verdict at the end'
[ -s "$STATE/stops" ] || fail 'nobody stopped what may still run'
plays=$(<"$STATE/plays")
fresh
check --full >/dev/null 2>&1 || fail 'a good tree, all of it'
[ "$(<"$STATE/plays")" -gt "$plays" ] || fail '--full plays no more than CI'

fresh
echo '{"visits": 1}' >"$STATE/summary.2"
refuse 'FAILED after' check
grep -q 'default and real have the same summary.json' <<<"$last_words" || fail "$last_words"
[ -s "$STATE/stops" ] || fail 'a failure leaves things running'

fresh
echo 1 >"$STATE/code.1"
refuse 'default: deploy/run.sh' check
[ "$(<"$STATE/plays")" = 1 ] || fail 'a failed play is followed by others'

# Bad rows that the exit code does not tell.
fresh
echo 0 >"$STATE/code.6"
refuse 'a bad row, and exit code 0' check
echo passed
