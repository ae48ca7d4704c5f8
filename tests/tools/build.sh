#!/usr/bin/env bash
# build.sh PRESET [TARGET...]: the one place where the tree is configured and built. A target is a CMake
# target, or the name of a program ("yilian-billing"), whose path is then printed. Without targets all
# is built; with "-" only configured. Builds of one folder wait for each other. Errors and warnings of
# the compiler go to standard error.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
preset=$1
shift
build=$root/build/$preset
mkdir -p "$build"
# Two builds in one folder spoil each other: the second waits for the first.
exec 9>"$build/.lock"
flock 9

# Ninja configures again by itself when a CMake file that it knows has changed; it cannot know of a
# folder that has come since.
configured() {
    [ -f "$build/build.ninja" ] &&
        [ -z "$(find "$root" -name build -prune -o \( -name CMakeLists.txt -o -name '*.cmake' \
            -o -name CMakePresets.json \) -newer "$build/build.ninja" -print -quit)" ]
}
if ! configured; then
    (cd "$root" && cmake --preset "$preset" >"$build/configure.log" 2>&1) || {
        tail -n 30 "$build/configure.log" >&2
        exit 1
    }
    touch "$build/build.ninja"
fi
[ "${1:-}" != - ] || exit 0

programs=()
if [ $# -gt 0 ]; then
    outputs=$(ninja -C "$build" -t targets all | sed -n 's/: CXX_EXECUTABLE_LINKER.*//p')
    targets=()
    for target in "$@"; do
        path=$(grep -E -m 1 "(^|/)${target//./\\.}\$" <<<"$outputs" || true)
        targets+=("${path:-$target}")
        [ -z "$path" ] || programs+=("$build/$path")
    done
    set -- "${targets[@]}"
fi
if ! ninja -C "$build" -j "$(nproc)" "$@" >"$build/build.log" 2>&1; then
    grep -E -A 4 '(: |^)(fatal )?error: |undefined reference|^FAILED' "$build/build.log" |
        cut -c 1-300 | head -n 60 >&2
    echo "build.sh: the build failed, all of it: $build/build.log" >&2
    exit 1
fi
for program in ${programs[@]+"${programs[@]}"}; do printf '%s\n' "$program"; done
