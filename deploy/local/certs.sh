#!/usr/bin/env bash
# certs.sh DIR [NAME...]: a certificate authority of this machine in DIR (ca.pem, ca.key) and for each
# NAME a key and a certificate (NAME.key, NAME.pem) that serve as server and as client on loopback.
# Default names: the five services, operator and player. Certificates of institutions are issued from the
# same authority by `yilian token`. What is valid for another day is kept.
set -euo pipefail

ca_days=3650
leaf_days=30
day_seconds=86400

[ $# -ge 1 ] || {
    sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}" >&2
    exit 2
}
dir=$1
shift
[ $# -gt 0 ] || set -- directory registries referrals prescriptions billing operator player

umask 077
mkdir -p "$dir"
cd "$dir"

# A self-signed certificate without -CA, a leaf with it; written under the final names when complete.
issue() {
    local name=$1
    shift
    if ! openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
        -keyout "$name.key.new" -out "$name.pem.new" "$@" 2>openssl.log; then
        cat openssl.log >&2
        exit 1
    fi
    rm -f openssl.log
    mv "$name.key.new" "$name.key"
    mv "$name.pem.new" "$name.pem"
}

valid() {
    [ -s "$1.key" ] && openssl x509 -in "$1.pem" -noout -checkend $day_seconds >/dev/null 2>&1
}

if ! valid ca; then
    issue ca -days $ca_days -subj '/O=Yilian local/CN=Yilian local CA' \
        -addext 'basicConstraints=critical,CA:TRUE' \
        -addext 'keyUsage=critical,keyCertSign,cRLSign'
fi
for name in "$@"; do
    if valid "$name" && openssl verify -CAfile ca.pem "$name.pem" >/dev/null 2>&1; then continue; fi
    case $name in
        operator | player) kind=client ;;
        *) kind=service ;;
    esac
    issue "$name" -CA ca.pem -CAkey ca.key -days $leaf_days -subj "/O=Yilian local/CN=$kind:$name" \
        -addext 'basicConstraints=critical,CA:FALSE' \
        -addext 'keyUsage=critical,digitalSignature' \
        -addext 'extendedKeyUsage=serverAuth,clientAuth' \
        -addext "subjectAltName=DNS:localhost,DNS:$name,IP:127.0.0.1"
done
