#!/usr/bin/env bash
# All benchmarks, one JSON file: rates and ratios of one run on this machine, never a verdict.
#
#   tests/bench/run.sh [OUT.json]     bench.json
#   YILIAN_BENCH_SECONDS=8            of each run of commands
#
# Commands over gRPC on both stores (1, 16 and 128 clients) with the delay from commit to consumer and
# what idle services take; cases grouped a second; a month of ten million cases scored and distributed;
# twelve months of ten million enrolled residents priced, the same in SQL on a part of them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${1:-bench.json}
seconds=${YILIAN_BENCH_SECONDS:-8}
services=(directory registries referrals prescriptions billing)

"$root/deploy/local/install.sh" build postgres test
programs=$("$root/tests/tools/build.sh" release yilian_bench_commands yilian_bench_month \
    yilian_bench_drg yilian_bench_dip yilian_bench_capitation yilian-devbroker "${services[@]/#/yilian-}")
declare -A program=()
for path in $programs; do program[${path##*/}]=$path; done

export YILIAN_SOURCE_DIR=$root YILIAN_DEVBROKER=${program[yilian-devbroker]}
for service in "${services[@]}"; do
    export "YILIAN_${service^^}_FP=${program[yilian-$service]}"
done
for folder in "$root/shared" "$root/../shared"; do
    [ -n "${YILIAN_SHARED_DIR:-}" ] || [ ! -d "$folder" ] || export YILIAN_SHARED_DIR=$folder
done

parts=$(mktemp -d)
trap '"$root/deploy/local/postgres.sh" remove "$parts/postgres" >/dev/null 2>&1; rm -rf "$parts"' EXIT
for store in sqlite postgres; do
    echo "bench: commands on $store" >&2
    YILIAN_TEST_STORE=$store YILIAN_TEST_BROKER=embedded \
        "${program[yilian_bench_commands]}" "$seconds" >"$parts/commands-$store"
done
echo "bench: a month of ten million cases" >&2
"${program[yilian_bench_month]}" >"$parts/month"
echo "bench: a year of capitation of ten million residents" >&2
"$root/deploy/local/postgres.sh" start "$parts/postgres" billing >/dev/null
"${program[yilian_bench_capitation]}" 10000000 500000 "$(cat "$parts/postgres/conninfo/billing")" \
    >"$parts/capitation"
echo "bench: grouping" >&2
for engine in drg dip; do
    "${program[yilian_bench_$engine]}" --benchmark_min_time=2 --benchmark_format=json >"$parts/$engine"
done

python3 - "$parts" "$out" <<'PY'
import json, os, pathlib, platform, subprocess, sys

parts, out = pathlib.Path(sys.argv[1]), sys.argv[2]
engines = [json.loads((parts / engine).read_text()) for engine in ("drg", "dip")]
result = {
    "commit": subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True,
                             text=True).stdout.strip(),
    "cores": os.cpu_count(),
    "load_at_start": os.getloadavg()[0],
    "kernel": platform.release(),
    "commands": [json.loads((parts / f"commands-{store}").read_text())
                 for store in ("sqlite", "postgres")],
    "month": json.loads((parts / "month").read_text()),
    "capitation": json.loads((parts / "capitation").read_text()),
    "engines": [{"name": b["name"], "items_per_second": round(b.get("items_per_second", 0)),
                 "real_time": round(b["real_time"], 3), "time_unit": b["time_unit"]}
                for engine in engines for b in engine["benchmarks"]],
}
pathlib.Path(out).write_text(json.dumps(result, indent=2) + "\n")
for run in result["commands"]:
    for row in run["create_referral"]:
        print(f"create-referral {run['store']:9} {row['clients']:4} clients "
              f"{row['services']} services "
              f"{row['commands_per_s']:6}/s  p50 {row['p50_ms']:.1f} ms  p99 {row['p99_ms']:.1f} ms  "
              f"commit to consumer p99 <= {row['commit_to_consumer_p99_ms_at_most']:.0f} ms")
for row in result["engines"]:
    print(f"{row['name']:42} {row['items_per_second']:>12,}/s  {row['real_time']} {row['time_unit']}")
print(f"month: {result['month']}")
print(f"capitation: {result['capitation']}")
PY
echo "bench: $out" >&2
