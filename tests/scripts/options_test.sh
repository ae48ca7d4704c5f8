#!/usr/bin/env bash
# Wrong usage of the scripts is told in one line before anything is installed, built or started.
. "$(dirname "${BASH_SOURCE[0]}")/assert.sh"
trap 'rm -rf "$scratch"' EXIT
export YILIAN_RUN_DIR=$scratch/run
run() { "$root/deploy/run.sh" --out "$scratch/out" "$@"; }

refuse '--store is sqlite or postgres' run --store mysql
refuse '--broker is embedded or kafka' run --broker rabbit
refuse '--district is one of' run --district 110101
refuse '--residents is not a whole number' run --residents ten
refuse '--months is not a whole number' run --months=-1
refuse 'start at 1' run --residents 0
refuse '--seed needs a value' run --seed
refuse '--threads is not a whole number' run --threads many
refuse 'there is no folder' run --input "$scratch/nowhere"
refuse 'not all' run --district all --keep
refuse 'unknown option --resident' run --resident 5
[ ! -e "$scratch/run" ] || fail 'a refused run left a run folder'

# A part that cannot be had is named in one line.
mkdir -p "$scratch/bin" "$scratch/local/kafka"
for tool in bash env dirname cat mkdir sha256sum sed grep; do
    ln -s "$(command -v "$tool")" "$scratch/bin/$tool"
done
refuse 'Java 17 is missing' env "PATH=$scratch/bin" "$root/deploy/local/kafka.sh" start "$scratch/k"
[ "$(wc -l <<<"$last_words")" = 1 ] || fail "more than one line: $last_words"

cp "$root"/deploy/local/*.sh "$scratch/local"
sed 's/1\.2\.25/1.2.9999/' "$root/deploy/local/kafka/pom.xml" >"$scratch/local/kafka/pom.xml"
refuse 'reload4j:jar:1.2.9999' env "YILIAN_CACHE_DIR=$scratch/cache" "$scratch/local/kafka.sh" fetch
[ "$(wc -l <<<"$last_words")" = 1 ] || fail "more than one line: $last_words"
[ ! -e "$scratch/cache/kafka-3.9.1/complete" ] || fail 'an incomplete fetch counts as complete'

# Each script parses.
for script in "$root"/deploy/*.sh "$root"/deploy/local/*.sh "$root"/tests/*.sh "$root"/tests/*/*.sh; do
    expect "$script does not parse" bash -n "$script"
done
echo passed
