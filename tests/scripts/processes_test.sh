#!/usr/bin/env bash
# Pid files: what was started is stopped, and nothing else ever is.
. "$(dirname "${BASH_SOURCE[0]}")/assert.sh"
mkdir -p "$scratch/run/120111/pids"
sleep 300 &
stranger=$!
trap 'kill "$stranger" 2>/dev/null; rm -rf "$scratch"' EXIT

# A process that was launched is known, stops when asked, and leaves no file.
launch "$scratch/a" "$scratch/log" sleep 300
expect 'a launched process runs' running "$scratch/a" >/dev/null
pid=$(running "$scratch/a")
terminate "$scratch/a" TERM 5
[ -z "$(start_time "$pid")" ] || fail 'terminate returned before the process was gone'
[ ! -e "$scratch/a" ] || fail 'the pid file is left'

# One that does not listen is killed when its time is over.
launch "$scratch/deaf" "$scratch/log" bash -c 'trap "" TERM; echo deaf; while :; do sleep 0.05; done'
until grep -q deaf "$scratch/log"; do sleep 0.01; done
terminate "$scratch/deaf" TERM 1 2>"$scratch/said"
grep -q killed "$scratch/said" || fail 'a kill was not told'

# A number that belongs to another process by now is never signalled.
printf '%s %s\n' "$stranger" 12345 >"$scratch/reused"
if running "$scratch/reused" >/dev/null; then fail 'a stranger was taken for ours'; fi
terminate "$scratch/reused" KILL 1
kill -0 "$stranger" || fail 'a stranger was killed'
echo garbage >"$scratch/garbage"
if running "$scratch/garbage" >/dev/null; then fail 'garbage names a process'; fi

# stop.sh: services of every district, by their files alone.
launch "$scratch/run/120111/pids/directory" "$scratch/log" sleep 300
directory=$(running "$scratch/run/120111/pids/directory")
printf '%s %s\n' "$stranger" 12345 >"$scratch/run/120111/pids/billing"
expect 'stop.sh' "$root/deploy/stop.sh" "$scratch/run"
[ -z "$(start_time "$directory")" ] || fail 'stop.sh left a service'
kill -0 "$stranger" || fail 'stop.sh killed a stranger'
[ -z "$(ls "$scratch/run/120111/pids")" ] || fail 'stop.sh left pid files'
expect 'stop.sh with nothing to stop' "$root/deploy/stop.sh" "$scratch/run"

# Ports are free and differ.
mapfile -t ports < <(free_ports 12)
[ "$(printf '%s\n' "${ports[@]}" | sort -u | wc -l)" = 12 ] || fail "ports repeat: ${ports[*]}"
for port in "${ports[@]}"; do
    if listening "$port"; then fail "port $port is taken"; fi
done
echo passed
