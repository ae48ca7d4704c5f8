#!/usr/bin/env bash
# A private single-node Apache Kafka (KRaft) on this machine, for local runs and tests.
#
#   kafka.sh fetch         jars from Maven Central into the cache folder, once
#   kafka.sh start DIR     fetches if needed, formats DIR if empty, answers when the broker does
#   kafka.sh stop DIR      orderly
#   kafka.sh kill DIR      SIGKILL
#   kafka.sh restart DIR   stop and start: same ports, same topics
#
# DIR/bootstrap holds the address "127.0.0.1:PORT", DIR/log what the broker says, DIR/pid its pid.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=deploy/local/processes.sh
. "$here/processes.sh"

version=3.9.1
copy_jars=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies
cache=${YILIAN_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/yilian}/kafka-$version
start_seconds=60

need() {
    command -v "$1" >/dev/null || die "$2 is missing (Debian package $3)"
}

complete() {
    [ -f "$cache/jars/kafka_2.13-$version.jar" ] && sha256sum --status -c "$cache/complete" <"$here/kafka/pom.xml"
}

# The line of Maven's answer that names what could not be had.
missing_artefact() {
    grep -oE -m 1 '(Could not (find|transfer) artifact|No versions available for) [^ ]+' "$1" ||
        grep -m 1 'ERROR' "$1" || echo 'Maven failed without a message'
}

fetch() {
    need java 'Java 17' openjdk-17-jre-headless
    complete && return
    need mvn Maven maven
    mkdir -p "$cache"
    exec 9>"$cache.lock"
    flock 9
    if ! complete; then
        rm -rf "$cache/jars"
        if ! mvn --batch-mode --no-transfer-progress -f "$here/kafka/pom.xml" \
            "$copy_jars" -DincludeScope=runtime "-DoutputDirectory=$cache/jars" \
            >"$cache/fetch.log" 2>&1; then
            die "Apache Kafka $version cannot be fetched: $(missing_artefact "$cache/fetch.log")"
        fi
        sha256sum - <"$here/kafka/pom.xml" >"$cache/complete"
    fi
    exec 9>&-
}

run_java() {
    java -Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$cache/jars/*" \
        "-Dlog4j.configuration=file:$here/kafka/log4j.properties" "$@"
}

# One node is broker and controller; nothing is replicated; topics are made by `yilian topics apply`.
configure() {
    local ports
    mapfile -t ports < <(free_ports 2)
    cat >"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports[1]}
listeners=PLAINTEXT://127.0.0.1:${ports[0]},CONTROLLER://127.0.0.1:${ports[1]}
advertised.listeners=PLAINTEXT://127.0.0.1:${ports[0]}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
unclean.leader.election.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
log.retention.ms=-1
log.index.size.max.bytes=1048576
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
PROPERTIES
    if ! run_java kafka.tools.StorageTool format --cluster-id "$(cluster_id)" \
        --config "$dir/server.properties" >"$dir/log" 2>&1; then
        die "Kafka's folder cannot be formatted: $(tail -n 1 "$dir/log")"
    fi
    # Last: a folder with this file is complete.
    echo "127.0.0.1:${ports[0]}" >"$dir/bootstrap"
}

# 16 random bytes in URL-safe base64 without padding; Kafka refuses a leading dash.
cluster_id() {
    local id=-
    while [ "${id:0:1}" = - ]; do
        id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
    done
    printf '%s\n' "$id"
}

start() {
    fetch
    need kcat kcat kcat
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    if running "$dir/pid" >/dev/null; then return; fi
    if [ ! -f "$dir/bootstrap" ]; then
        rm -rf "$dir/data"
        configure
    fi
    local end=$(($(now_ms) + start_seconds * 1000)) address
    address=$(<"$dir/bootstrap")
    launch "$dir/pid" "$dir/log" java -Xms128m -Xmx512m -XX:+UseSerialGC \
        -cp "$cache/jars/*" "-Dlog4j.configuration=file:$here/kafka/log4j.properties" \
        kafka.Kafka "$dir/server.properties"
    until listening "${address##*:}" && kcat -L -b "$address" -m 2 >/dev/null 2>&1; do
        running "$dir/pid" >/dev/null || die "Kafka ended: $(tail -n 3 "$dir/log")"
        [ "$(now_ms)" -lt "$end" ] || die "Kafka does not answer after $start_seconds s, see $dir/log"
        sleep 0.05
    done
}

usage() {
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
    exit 2
}

[ $# -ge 1 ] || usage
action=$1
dir=${2:-}
[ "$action" = fetch ] || [ -n "$dir" ] || usage
case $action in
    fetch) fetch ;;
    start) start ;;
    stop) terminate "$dir/pid" TERM 30 ;;
    kill) terminate "$dir/pid" KILL 10 ;;
    restart)
        terminate "$dir/pid" TERM 30
        start
        ;;
    *) usage ;;
esac
