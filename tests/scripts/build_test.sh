#!/usr/bin/env bash
# Two builds of one folder at the same time run one after the other (two collided once: each found
# the other's half-written objects).
. "$(dirname "${BASH_SOURCE[0]}")/assert.sh"
trap 'rm -rf "$scratch"' EXIT

mkdir -p "$scratch/tests/tools" "$scratch/bin" "$scratch/build/release"
cp "$root/tests/tools/build.sh" "$scratch/tests/tools"
touch "$scratch/build/release/build.ninja"
# A ninja that tells when it begins and ends.
cat >"$scratch/bin/ninja" <<'NINJA'
#!/bin/sh
echo begin >>"$BUILD_LOG"
sleep 0.5
echo end >>"$BUILD_LOG"
NINJA
chmod +x "$scratch/bin/ninja"
export BUILD_LOG=$scratch/log PATH=$scratch/bin:$PATH

"$scratch/tests/tools/build.sh" release &
first=$!
expect 'the second build' "$scratch/tests/tools/build.sh" release
expect 'the first build' wait "$first"
[ "$(tr '\n' ' ' <"$BUILD_LOG")" = 'begin end begin end ' ] ||
    fail "builds of one folder overlapped: $(tr '\n' ' ' <"$BUILD_LOG")"
