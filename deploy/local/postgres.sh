#!/usr/bin/env bash
# A private PostgreSQL 15 on a Unix socket of its own, for local runs and tests.
#
#   postgres.sh start DIR [SERVICE...]  makes the cluster if DIR has none, and a role and a database
#                                       yilian_SERVICE for each service (default: the five); prints
#                                       the folder of the conninfo files
#   postgres.sh stop DIR                orderly; open transactions are rolled back
#   postgres.sh kill DIR                SIGKILL, until no process of the cluster is left
#   postgres.sh restart DIR             stop and start on the same data
#   postgres.sh remove DIR              stop and delete, the data under the temp directory included
#
# DIR/conninfo/SERVICE holds what libpq needs, DIR/place the folder with data, socket and log.
# Root runs the server as user postgres; that folder is then under the temp directory when the user
# cannot reach DIR, and always when the socket's path would be too long.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/processes.sh
. "$here/processes.sh"

bin=/usr/lib/postgresql/15/bin
socket_path_max=99
start_seconds=30

as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid postgres --regid postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

# A folder only the server's user can enter, or failure without a trace.
private_folder() {
    mkdir -p "$1" && chmod 700 "$1" || return 1
    if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$1" || return 1; fi
    local socket="$1/.s.PGSQL.5432"
    if [ ${#socket} -le $socket_path_max ] && (cd / && as_server test -w "$1"); then return 0; fi
    rmdir "$1"
    return 1
}

choose_place() {
    place=$dir/server
    if ! private_folder "$place"; then
        place=$(mktemp -d "${TMPDIR:-/tmp}/yilian-pg-XXXXXX")
        private_folder "$place" || die "PostgreSQL: its user cannot reach $place"
    fi
    echo "$place" >"$dir/place"
}

make_cluster() {
    rm -rf "${place:?}/data"
    (cd / && as_server "$bin/initdb" --pgdata "$place/new" --locale=C --encoding=UTF8 --auth=trust \
        --username=postgres --no-sync --no-instructions) >"$dir/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -n 2 "$dir/initdb.log")"
    # Last: a cluster under this name is complete.
    mv "$place/new" "$place/data"
}

processes_left() {
    find /proc -mindepth 2 -maxdepth 2 -name cwd -lname "$place/data" 2>/dev/null | cut -d / -f 3
}

# A new postmaster refuses to start while backends of a killed one still run. They end by themselves,
# but for one that waits for a lock whose holder has gone.
wait_processes_gone() {
    local begin left
    begin=$(now_ms)
    while left=$(processes_left) && [ -n "$left" ]; do
        [ $(($(now_ms) - begin)) -lt $((start_seconds * 1000)) ] ||
            die "processes of a killed server are still in $place"
        # shellcheck disable=SC2086
        [ $(($(now_ms) - begin)) -lt 5000 ] || kill -KILL $left 2>/dev/null || true
        sleep 0.02
    done
}

sql() {
    (cd / && as_server psql -X -q -v ON_ERROR_STOP=1 -h "$place" -U postgres postgres)
}

# A service can log in to its own database only.
make_databases() {
    local service
    mkdir -p "$dir/conninfo"
    for service in "$@"; do
        cat <<SQL
SELECT 'CREATE ROLE yilian_$service LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yilian_$service') \gexec
SELECT 'CREATE DATABASE yilian_$service OWNER yilian_$service'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'yilian_$service') \gexec
REVOKE ALL ON DATABASE yilian_$service FROM PUBLIC;
SQL
    done | sql
    for service in "$@"; do
        echo "host=$place user=yilian_$service dbname=yilian_$service" >"$dir/conninfo/$service"
    done
}

start() {
    [ -x "$bin/postgres" ] || die "PostgreSQL 15 is missing (Debian package postgresql-15)"
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    if [ -f "$dir/place" ]; then place=$(<"$dir/place"); else choose_place; fi
    if ! running "$dir/pid" >/dev/null; then
        [ -d "$place/data" ] || make_cluster
        wait_processes_gone
        # To PostgreSQL a killed server that nobody has waited for yet still lives.
        rm -f "$place/data/postmaster.pid" "$place/.s.PGSQL.5432.lock"
        local as=()
        [ "$(id -u)" != 0 ] || as=(setpriv --reuid postgres --regid postgres --init-groups --)
        (cd / && launch "$dir/pid" "$place/log" "${as[@]}" env LC_ALL=C "$bin/postgres" \
            -D "$place/data" -k "$place" -c listen_addresses= -c unix_socket_permissions=0700 \
            -c max_wal_size=512MB)
    fi
    local end=$(($(now_ms) + start_seconds * 1000))
    until "$bin/pg_isready" -q -h "$place"; do
        running "$dir/pid" >/dev/null || die "PostgreSQL ended: $(tail -n 3 "$place/log")"
        [ "$(now_ms)" -lt "$end" ] ||
            die "PostgreSQL does not answer after $start_seconds s, see $place/log"
        sleep 0.02
    done
    make_databases "$@"
    printf '%s\n' "$dir/conninfo"
}

halt() {
    [ -f "$dir/place" ] || return 0
    place=$(<"$dir/place")
    terminate "$dir/pid" "$1" 30
    wait_processes_gone
}

usage() {
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
}

[ $# -ge 2 ] || usage
action=$1
dir=$2
shift 2
[ $# -gt 0 ] || set -- directory registries referrals prescriptions billing
case $action in
    start) start "$@" ;;
    stop) halt INT ;;
    kill) halt KILL ;;
    restart)
        halt INT
        start "$@"
        ;;
    remove)
        halt QUIT
        [ ! -f "$dir/place" ] || rm -rf "$(<"$dir/place")"
        rm -rf "$dir"
        ;;
    *) usage ;;
esac
