#!/usr/bin/env bash
# install.sh [SECTION...]: installs what is missing of these sections of deploy/packages.txt
# (default: build). Touches the package lists only when something is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list="$here/../packages.txt"
[ $# -gt 0 ] || set -- build

wanted=()
section=
while read -r package command _; do
    case $package in
        '' | \#*) continue ;;
        \[*\])
            section=${package#[}
            section=${section%]}
            continue
            ;;
    esac
    case " $* " in *" $section "*) ;; *) continue ;; esac
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
    wanted+=("$package")
done <"$list"
installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package} \n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
    [[ $installed == *"ii  $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install.sh: these packages are missing, and there is no sudo: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

# Debian's PostgreSQL makes and starts a cluster of its own when it is installed; ours are private.
drop_in=/etc/postgresql-common/createcluster.d/yilian-install.conf
made_drop_in=
cleanup() {
    [ -z "$made_drop_in" ] || "${as_root[@]}" rm -f "$drop_in"
}
trap cleanup EXIT
case " ${missing[*]} " in
    *" postgresql-15 "*)
        "${as_root[@]}" mkdir -p "${drop_in%/*}"
        echo 'create_main_cluster = false' | "${as_root[@]}" tee "$drop_in" >/dev/null
        made_drop_in=yes
        ;;
esac

echo "Installing ${#missing[@]} packages: ${missing[*]}"
apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o APT::Get::Assume-Yes=true
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
log=$(mktemp)
if ! { "${as_root[@]}" "${apt[@]}" update &&
    "${as_root[@]}" "${apt[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "install.sh: packages could not be installed (is there a network?): ${missing[*]}" >&2
    exit 1
fi
rm -f "$log"
