#!/usr/bin/env bash
# All tests: release build, ASan + UBSan, TSan, every suite, the functional suite again on PostgreSQL and
# Apache Kafka, and the main job on both. Prints the minutes of each stage; ctest's closing line is last.
#
#   tests/run.sh           what CI runs
#   tests/run.sh --full    more seeds, more kills, larger plays, all districts
#   tests/run.sh STAGE...  these alone, of: release asan tsan suites real play
#
# Shared test data: YILIAN_SHARED_DIR, else shared/, else ../shared/. With CI=true a missing folder is a
# failure, as everything is that cannot be had.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

stages=()
full=''
for argument in "$@"; do
    case $argument in
        --full) full=yes ;;
        release | asan | tsan | suites | real | play) stages+=("$argument") ;;
        *)
            sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
            exit 2
            ;;
    esac
done
[ ${#stages[@]} -gt 0 ] || stages=(release asan tsan suites real play)

if [ -z "${YILIAN_SHARED_DIR:-}" ]; then
    for folder in "$root/shared" "$root/../shared"; do
        [ ! -d "$folder" ] || { YILIAN_SHARED_DIR=$(cd "$folder" && pwd) && break; }
    done
fi
if [ ! -d "${YILIAN_SHARED_DIR:-}" ]; then
    echo "tests/run.sh: the shared test data is missing (YILIAN_SHARED_DIR, shared/ or ../shared/)" >&2
    [ "${CI:-}" != true ] || exit 1
fi
export YILIAN_SHARED_DIR
# Property tests draw the same cases in every ordinary run, so that a clone is judged the same twice;
# --full draws new ones and prints the seed of a failure.
[ -n "$full" ] || export RC_PARAMS=${RC_PARAMS:-seed=20260301}
[ -z "$full" ] || export YILIAN_FULL=1

logs=$root/build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
table='' failures='' begin_all=$SECONDS

# stage NAME FUNCTION: goes on after a failure, so that one run tells all.
stage() {
    local name=$1 begin=$SECONDS verdict=ok
    shift
    printf '\n== %s\n' "$name"
    if ! "$@"; then
        verdict=FAILED
        failures+="$name; "
    fi
    table+=$(printf '%-12s %3d:%02d  %s' "$name" $(((SECONDS - begin) / 60)) \
        $(((SECONDS - begin) % 60)) "$verdict")$'\n'
}

# suite PRESET NAME CTEST-OPTIONS...
suite() {
    local preset=$1 name=$2
    shift 2
    ${fixed_layout:-} ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
        -j "$(nproc)" --output-junit "$logs/$name.xml" "$@" 2>&1 | tee "$logs/$name.log"
}

# Sanitizers watch our own code where it decides and computes; generated code is not instrumented.
# The tools of GCC 12 need the fixed address layout on newer kernels.
sanitized() {
    local preset=$1 label=$2 programs fixed_layout=''
    tests/tools/build.sh "$preset" - || return 1
    if ! programs=$(tests/tools/test_programs.py "build/$preset" "$label"); then
        echo "no program has a test with the label $label" >&2
        return 1
    fi
    # shellcheck disable=SC2086
    tests/tools/build.sh "$preset" $programs >/dev/null || return 1
    [ "$(setarch -R echo yes 2>/dev/null)" != yes ] || fixed_layout='setarch -R'
    suite "$preset" "$preset" -L "^$label\$"
}

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

release() { tests/tools/build.sh release; }
asan() { sanitized asan unit; }
tsan() { sanitized tsan tsan; }
suites() { YILIAN_TEST_STORE=sqlite YILIAN_TEST_BROKER=embedded suite release suites -LE '^bench$'; }
real() {
    deploy/local/kafka.sh fetch &&
        YILIAN_TEST_STORE=postgres YILIAN_TEST_BROKER=kafka suite release real -L '^functional$'
}
play() { tests/tools/play.sh ${full:+--full}; }

stage packages deploy/local/install.sh build postgres kafka test
for name in "${stages[@]}"; do stage "$name" "$name"; done

printf '\n%-12s minutes\n%s%-12s %3d:%02d\n\n' stage "$table" all \
    $(((SECONDS - begin_all) / 60)) $(((SECONDS - begin_all) % 60))

# The tests of all suites together, in the words of ctest.
closing_line() {
    cat "$logs"/*.log 2>/dev/null | awk '
        /% tests passed, [0-9]+ tests failed out of [0-9]+/ {
            for (i = 1; i < NF; ++i) if ($(i + 1) == "tests" && $(i + 2) == "failed") failed += $i
            total += $NF
        }
        END {
            passed = total > 0 ? int(100 * (total - failed) / total) : 0
            printf "%d%% tests passed, %d tests failed out of %d\n", passed, failed, total
        }'
}

if [ -n "$failures" ]; then
    sed -n '/The following tests FAILED/,$p' "$logs"/*.log 2>/dev/null
    echo "FAILED: ${failures%; }"
    closing_line
    exit 1
fi
closing_line
