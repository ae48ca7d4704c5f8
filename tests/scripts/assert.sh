# shellcheck shell=bash
# Sourced by the tests of this folder: a scratch folder that goes away, and checks that end the test.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/local/processes.sh
. "$root/deploy/local/processes.sh"
scratch=$(mktemp -d)

fail() {
    printf 'FAILED, line %s: %s\n' "${BASH_LINENO[1]}" "$*" >&2
    exit 1
}
# expect WHAT COMMAND...: the command succeeds.
expect() {
    local what=$1
    shift
    "$@" || fail "$what"
}
# refuse TEXT COMMAND...: the command fails, and one line of what it says holds TEXT.
refuse() {
    local text=$1 said
    shift
    if said=$("$@" 2>&1); then fail "accepted: $*"; fi
    grep -qF -- "$text" <<<"$said" || fail "wanted '$text', was told: $said"
    last_words=$said
}
