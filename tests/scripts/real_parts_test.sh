#!/usr/bin/env bash
# The private Kafka and PostgreSQL: start, keep their data through a kill, answer at the same place.
. "$(dirname "${BASH_SOURCE[0]}")/assert.sh"
kafka=$root/deploy/local/kafka.sh
postgres=$root/deploy/local/postgres.sh
# Longer than a socket's path may be.
deep=$scratch/$(printf 'd%.0s' {1..120})
mkdir -p "$deep"
trap '"$kafka" kill "$scratch/k"; "$postgres" remove "$deep/pg" >/dev/null; rm -rf "$scratch"' EXIT

"$postgres" start "$deep/pg" billing directory >/dev/null
query() { psql -XAtq "$(<"$deep/pg/conninfo/$1")" -c "$2"; }
[ "$(query billing 'SHOW lc_collate')/$(query billing 'SHOW server_encoding')" = C/UTF8 ] ||
    fail 'locale or encoding'
[ "$(query billing 'SHOW fsync')" = on ] || fail 'fsync is off'
place=$(<"$deep/pg/place")
[ ${#place} -lt 80 ] || fail "socket folder too long: $place"
[ "$(stat -c %a "$place")" = 700 ] || fail 'others may enter the server folder'
query billing 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)'
refuse 'permission denied' psql -X "host=$place user=yilian_directory dbname=yilian_billing" -c 'SELECT 1'
"$postgres" kill "$deep/pg"
if query billing 'SELECT 1' 2>/dev/null; then fail 'it answers after a kill'; fi
"$postgres" start "$deep/pg" billing >/dev/null
[ "$(query billing 'SELECT n FROM kept')" = 7 ] || fail 'a committed row is lost after a kill'
"$postgres" restart "$deep/pg" billing >/dev/null
[ "$(query billing 'SELECT n FROM kept')" = 7 ] || fail 'a committed row is lost after a restart'
"$postgres" remove "$deep/pg"
[ ! -e "$place" ] || fail 'remove left data'

"$kafka" start "$scratch/k"
address=$(<"$scratch/k/bootstrap")
refuse 'Unknown topic' timeout 30 kcat -P -b "$address" -t made.by.accident \
    -X topic.metadata.propagation.max.ms=500 <<<x
jars=${YILIAN_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/yilian}/kafka-3.9.1/jars
java -cp "$jars/*" org.apache.kafka.tools.TopicCommand --bootstrap-server "$address" \
    --create --topic yilian.test.v1 --partitions 12 >/dev/null
seq 1 500 | kcat -q -P -b "$address" -t yilian.test.v1 -X enable.idempotence=true -X acks=all
count() { timeout 60 kcat -q -C -e -o beginning -b "$address" -t yilian.test.v1 | sort -un | wc -l; }
[ "$(count)" = 500 ] || fail 'not all records came back'
"$kafka" kill "$scratch/k"
"$kafka" start "$scratch/k"
[ "$(<"$scratch/k/bootstrap")" = "$address" ] || fail 'another address after a kill'
[ "$(count)" = 500 ] || fail 'records are lost after a kill'
"$kafka" restart "$scratch/k"
[ "$(count)" = 500 ] || fail 'records are lost after a restart'
"$kafka" stop "$scratch/k"
if listening "${address##*:}"; then fail 'it still listens'; fi
echo passed
