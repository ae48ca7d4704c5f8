# shellcheck shell=bash
# Background processes with pid files; sourced by the scripts of this folder, run.sh and tests.
# A pid file holds "PID START", START being the kernel's start time of the process: a number that
# was given to another process since is never signalled.

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Milliseconds of a clock that nobody sets.
now_ms() {
    local up
    read -r up _ </proc/uptime
    printf '%s\n' "$((10#${up/./} * 10))"
}

# start_time PID: empty when there is no such process, or it is a zombie.
start_time() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    # The name in parentheses may contain spaces; state is field 3, start time field 22.
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    [ "$1" = Z ] || printf '%s\n' "${20}"
}

# running PIDFILE: prints the pid and succeeds when that very process lives.
running() {
    local pid start
    { read -r pid start <"$1"; } 2>/dev/null || return 1
    [ -n "$start" ] && [ "$(start_time "$pid")" = "$start" ] || return 1
    printf '%s\n' "$pid"
}

# launch PIDFILE LOG COMMAND...: in a session of its own, so that an interrupt at the terminal
# reaches the script first; the file is complete before the function returns.
launch() {
    local pidfile=$1 log=$2
    shift 2
    setsid -- "$@" >>"$log" 2>&1 </dev/null &
    local pid=$!
    printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$pidfile.new"
    mv -f -- "$pidfile.new" "$pidfile"
    disown "$pid" 2>/dev/null || true
}

# wait_gone PIDFILE SECONDS
wait_gone() {
    local end=$(($(now_ms) + $2 * 1000))
    while running "$1" >/dev/null; do
        [ "$(now_ms)" -lt "$end" ] || return 1
        sleep 0.02
    done
}

# terminate PIDFILE SIGNAL SECONDS: asks with SIGNAL, after SECONDS kills; removes the file.
terminate() {
    local pid
    if pid=$(running "$1"); then
        kill "-$2" "$pid" 2>/dev/null || true
        if ! wait_gone "$1" "$3"; then
            printf '%s: %s did not stop within %s s: killed\n' "${0##*/}" "$1" "$3" >&2
            kill -KILL "$pid" 2>/dev/null || true
            wait_gone "$1" 10 || return 1
        fi
    fi
    rm -f -- "$1"
}

# free_ports N: N ports of 127.0.0.1 on which nobody listens, below the range the kernel gives out
# by itself. Another process may still take one: callers report a port in use.
free_ports() {
    local -A seen=()
    local port
    while [ "${#seen[@]}" -lt "$1" ]; do
        port=$((12000 + (RANDOM * 32768 + RANDOM) % 18000))
        [ -z "${seen[$port]:-}" ] || continue
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
        seen[$port]=1
        printf '%s\n' "$port"
    done
}

# listening PORT
listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
