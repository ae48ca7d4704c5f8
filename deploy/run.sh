#!/usr/bin/env bash
# The main job: builds, starts a broker and the five services, plays a synthetic district through their
# APIs, settles each month, verifies, and leaves OUT/report.html and OUT/summary.json.
#
#   --district CODE        120111 (default), 370212, 120112, 370725, 350104, or all: the five in turn
#   --residents N          10000
#   --months N             6
#   --seed N               1; the same seed and options give the same summary.json
#   --store sqlite|postgres    sqlite; postgres: a private PostgreSQL 15
#   --broker embedded|kafka    embedded (in memory); kafka: a private Apache Kafka
#   --out DIR              out
#   --input DIR            plays these CSV files instead of synthetic ones (services/cli/README.md)
#   --threads N            calls at a time; 16
#   --keep                 leaves everything running and prints the addresses; deploy/stop.sh stops it
#
# Everything it starts lives in the run folder: run/CODE of the tree, or YILIAN_RUN_DIR/CODE.
set -euo pipefail
deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$deploy/.." && pwd)
# shellcheck source=deploy/local/processes.sh
. "$deploy/local/processes.sh"

services=(directory registries referrals prescriptions billing)
districts=(120111 370212 120112 370725 350104)
clock_start=2026-01-01T00:00:00+08:00
# Secrets and settings that a service asks for by name (its README); each service has its own.
declare -A secrets=(
    [directory]='identity_key digest_key' [referrals]=evidence_key [prescriptions]=claim_secret_key
)
declare -A settings=([billing]="rules_dir: \"$root/services/billing/rules\"")

usage() {
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    exit "$1"
}

district=120111 residents=10000 months=6 seed=1 store=sqlite broker=embedded out=out input='' keep=''
threads=16
while [ $# -gt 0 ]; do
    case $1 in
        --keep) keep=yes ;;
        --help | -h) usage 0 ;;
        --district | --residents | --months | --seed | --store | --broker | --out | --input | --threads)
            [ $# -ge 2 ] || die "$1 needs a value"
            printf -v "${1#--}" '%s' "$2"
            shift
            ;;
        --*=*)
            set -- "${1%%=*}" "${1#*=}" "${@:2}"
            continue
            ;;
        *)
            echo "run.sh: unknown option $1" >&2
            usage 2 >&2
            ;;
    esac
    shift
done

check_options() {
    local name
    for name in residents months seed threads; do
        [[ ${!name} =~ ^[0-9]{1,9}$ ]] || die "--$name is not a whole number: ${!name}"
    done
    if [ "$residents" -lt 1 ] || [ "$months" -lt 1 ] || [ "$threads" -lt 1 ]; then
        die "--residents, --months and --threads start at 1"
    fi
    case $store in sqlite | postgres) ;; *) die "--store is sqlite or postgres, not $store" ;; esac
    case $broker in embedded | kafka) ;; *) die "--broker is embedded or kafka, not $broker" ;; esac
    if [ "$district" != all ]; then
        case " ${districts[*]} " in
            *" $district "*) districts=("$district") ;;
            *) die "--district is one of ${districts[*]}, or all; not $district" ;;
        esac
    fi
    [ -z "$input" ] || [ -d "$input" ] || die "--input: there is no folder $input"
    [ -z "$input" ] || [ "$district" != all ] || die "--input plays one district, not all"
    [ -z "$keep" ] || [ "$district" != all ] || die "--keep keeps one district, not all"
}
check_options
mkdir -p "$out"
out=$(cd "$out" && pwd)
[ -z "$input" ] || input=$(cd "$input" && pwd)
mkdir -p "${YILIAN_RUN_DIR:-$root/run}"
run_root=$(cd "${YILIAN_RUN_DIR:-$root/run}" && pwd)

prepare() {
    local sections=(build)
    [ "$store" != postgres ] || sections+=(postgres)
    [ "$broker" != kafka ] || sections+=(kafka)
    "$deploy/local/install.sh" "${sections[@]}"
    [ "$broker" != kafka ] || "$deploy/local/kafka.sh" fetch
    local programs
    programs=$("$root/tests/tools/build.sh" release "${services[@]/#/yilian-}" yilian yilian-devbroker)
    local path
    declare -gA program=()
    for path in $programs; do program[${path##*/}]=$path; done
    cli=${program[yilian]}
}

# A folder in which something still runs is never wiped.
clear_run_folder() {
    local file
    for file in "$run"/pids/* "$run"/broker/pid "$run"/postgres/pid; do
        if [ -f "$file" ] && running "$file" >/dev/null; then
            die "$run is in use by a run (deploy/stop.sh stops it)"
        fi
    done
    [ ! -d "$run/postgres" ] || "$deploy/local/postgres.sh" remove "$run/postgres"
    rm -rf "$run"
    mkdir -p "$run"/{pids,config,data,logs,ready,secrets,tokens,broker}
    chmod 700 "$run"
}

# What signs is a private key, anything else 32 random bytes in hex; a key ring names the generation
# of its key before it.
make_secret() {
    case $1 in
        evidence_key) openssl ecparam -genkey -name prime256v1 -noout ;;
        identity_key) echo "1 $(openssl rand -hex 32)" ;;
        *) openssl rand -hex 32 ;;
    esac
}

make_secrets() {
    "$deploy/local/certs.sh" "$run/certs" "${services[@]}" operator player
    local service name
    for service in "${services[@]}"; do
        mkdir -p "$run/secrets/$service"
        for name in page_token_key ${secrets[$service]:-}; do
            (umask 077 && make_secret "$name" >"$run/secrets/$service/$name")
        done
    done
}

store_block() {
    if [ "$store" = postgres ]; then
        printf 'store: {driver: postgres, conninfo: "%s"}\n' "$(<"$run/postgres/conninfo/$1")"
    else
        printf 'store: {driver: sqlite, path: "%s"}\n' "$run/data/$1.db"
    fi
}

write_config() {
    local service=$1 name
    cat <<YAML
service: $service
district: "$code"
profile: local
listen: {host: 127.0.0.1, port: ${port[$service]}}
metrics: {host: 127.0.0.1, port: ${metrics_port[$service]}}
tls:
  certificate_file: "$run/certs/$service.pem"
  key_file: "$run/certs/$service.key"
  ca_file: "$run/certs/ca.pem"
auth: {jwks_file: "$run/tokens/jwks.json", audience: yilian, allow_local_issuer: true}
$(store_block "$service")
kafka: {bootstrap_file: "$run/broker/bootstrap"}
clock: {mode: driven, start: "$clock_start"}
policies_dir: "$deploy/policies"
peer_token_file: "$run/tokens/$service.token"
log_file: "$run/logs/$service.log"
ready_file: "$run/ready/$service.json"
YAML
    echo 'peers:'
    for name in "${services[@]}"; do
        [ "$name" = "$service" ] || echo "  $name: 127.0.0.1:${port[$name]}"
    done
    [ -z "${settings[$service]:-}" ] || printf 'settings:\n  %s\n' "${settings[$service]}"
    echo 'secrets:'
    for name in page_token_key ${secrets[$service]:-}; do
        echo "  $name: \"$run/secrets/$service/$name\""
    done
}

# What the command `yilian` needs to know; paths are relative to the file.
write_run_file() {
    local name separator=''
    cat <<JSON
{
  "district": "$code",
  "profile": "local",
  "clock_start": "$clock_start",
  "policies_dir": "$deploy/policies",
  "audience": "yilian",
  "tls": {
    "ca": "certs/ca.pem", "ca_key": "certs/ca.key",
    "certificate": "certs/operator.pem", "key": "certs/operator.key"
  },
  "tokens": {"issuer_key": "tokens/issuer.key.json", "jwks": "tokens/jwks.json"},
  "kafka": {"bootstrap_file": "broker/bootstrap"},
  "services": {
JSON
    for name in "${services[@]}"; do
        printf '%s    "%s": {"address": "127.0.0.1:%s", "metrics": "127.0.0.1:%s"}' "$separator" \
            "$name" "${port[$name]}" "${metrics_port[$name]}"
        separator=$',\n'
    done
    printf '\n  }\n}\n'
}

configure() {
    local numbers i=0 name
    mapfile -t numbers < <(free_ports $((2 * ${#services[@]})))
    declare -gA port=() metrics_port=()
    for name in "${services[@]}"; do
        port[$name]=${numbers[i]}
        metrics_port[$name]=${numbers[i + 1]}
        i=$((i + 2))
    done
    for name in "${services[@]}"; do write_config "$name" >"$run/config/$name.yaml"; done
    write_run_file >"$run/run.json"
}

start_broker() {
    if [ "$broker" = kafka ]; then
        "$deploy/local/kafka.sh" start "$run/broker"
        return
    fi
    local topics
    mapfile -t topics < <("$cli" topics list)
    [ ${#topics[@]} -gt 0 ] || die "yilian topics list named no topic"
    launch "$run/broker/pid" "$run/broker/log" "${program[yilian-devbroker]}" \
        --address-file "$run/broker/bootstrap" "${topics[@]}"
    wait_for_file "$run/broker/bootstrap" "$run/broker/pid" "$run/broker/log"
}

wait_for_file() {
    local end=$(($(now_ms) + 10000))
    until [ -s "$1" ]; do
        running "$2" >/dev/null || die "the broker ended: $(tail -n 3 "$3")"
        [ "$(now_ms)" -lt "$end" ] || die "the broker did not start, see $3"
        sleep 0.02
    done
}

# Which services are not running, with their last words.
ended_services() {
    local name
    for name in "${services[@]}"; do
        running "$run/pids/$name" >/dev/null ||
            printf '%s ended: %s\n' "$name" "$(tail -n 3 "$run/logs/$name.out")"
    done
}

start_services() {
    local name ended='' status=0
    for name in "${services[@]}"; do
        launch "$run/pids/$name" "$run/logs/$name.out" "${program[yilian-$name]}" \
            --config "$run/config/$name.yaml"
    done
    "$cli" health --run "$run" --wait 30 >"$run/logs/health" 2>&1 &
    local health=$!
    # A service that refuses its configuration is told at once, not when the wait is over.
    while kill -0 "$health" 2>/dev/null; do
        ended=$(ended_services)
        [ -z "$ended" ] || kill "$health" 2>/dev/null || true
        sleep 0.05
    done
    wait "$health" || status=$?
    [ $status != 0 ] || return 0
    if [ -n "$ended" ]; then printf '%s\n' "$ended" >&2; else cat "$run/logs/health" >&2; fi
    die "not all services are SERVING, logs are in $run/logs"
}

# What depends on nobody else starts together.
start_all() {
    local begin
    begin=$(now_ms)
    clear_run_folder
    started=yes
    make_secrets
    if [ "$store" = postgres ]; then
        "$deploy/local/postgres.sh" start "$run/postgres" "${services[@]}" >/dev/null &
        local postgres=$!
    fi
    start_broker
    [ "$store" != postgres ] || wait "$postgres"
    configure
    "$cli" token init --run "$run" >"$run/logs/tokens"
    "$cli" topics apply --run "$run" >"$run/logs/topics"
    start_services
    echo "District $code: five services SERVING after $(($(now_ms) - begin)) ms"
}

stop_all() {
    [ -n "${started:-}" ] || return 0
    "$deploy/stop.sh" "$run"
    started=
}

# Whatever happens, what was started is stopped; an interrupt ends the player first.
# shellcheck disable=SC2317
on_exit() {
    local status=$?
    trap - EXIT INT TERM HUP
    [ -z "${player:-}" ] || kill -TERM "$player" 2>/dev/null || true
    stop_all || status=1
    exit "$status"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

play() {
    local options=(--run "$run" --residents "$residents" --months "$months" --seed "$seed"
        --threads "$threads" --out "$1")
    [ -z "$input" ] || options+=(--input "$input")
    mkdir -p "$1"
    "$cli" play "${options[@]}" &
    player=$!
    local status=0
    wait "$player" || status=$?
    player=
    return "$status"
}

print_addresses() {
    echo "Left running in $run (deploy/stop.sh stops it):"
    local name
    for name in "${services[@]}"; do
        printf '  %-14s 127.0.0.1:%s   metrics http://127.0.0.1:%s/metrics\n' "$name" \
            "${port[$name]}" "${metrics_port[$name]}"
    done
    printf '  %-14s %s\n' broker "$(<"$run/broker/bootstrap")"
    [ "$store" != postgres ] || printf '  %-14s %s\n' PostgreSQL "$run/postgres/conninfo"
    echo "  try: $cli health --run $run"
}

prepare
status=0
summaries=()
for code in "${districts[@]}"; do
    run=$run_root/$code
    folder=$out
    [ "$district" != all ] || folder=$out/$code
    start_all
    play "$folder" || status=$?
    summaries+=("$folder/summary.json")
    if [ -n "$keep" ]; then
        print_addresses
        started=
    else
        stop_all || status=1
        # Data in the temp directory would outlive the run folder; after a failure someone wants it.
        if [ $status = 0 ] && [ -d "$run/postgres" ]; then
            "$deploy/local/postgres.sh" remove "$run/postgres"
        fi
    fi
done
if [ "$district" = all ] && [ $status = 0 ]; then
    "$cli" report --out "$out" "${summaries[@]}"
fi
[ $status != 0 ] || echo "Report: $out/report.html, summary: $out/summary.json"
exit $status
