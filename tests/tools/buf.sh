#!/bin/sh
# Lints proto/ with buf, checks its form and compares it with proto/baseline/*.binpb.
#   tests/tools/buf.sh <folder for the tool>
# The tool is installed into the folder when it is not there (npm, version pinned below). Exit code 0
# when all is well, 1 on findings, 3 when the tool cannot be had.
set -u
version=1.75.0
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:?usage: tests/tools/buf.sh <folder for the tool>}
mkdir -p "$folder" && folder=$(cd "$folder" && pwd)
buf="$folder/node_modules/.bin/buf"

have() { [ -x "$buf" ] && [ "$("$buf" --version 2>/dev/null)" = "$version" ]; }

if ! have; then
    if ! command -v npm >/dev/null; then
        echo "buf.sh: npm is not installed" >&2
        exit 3
    fi
    if ! npm install --prefix "$folder" --no-audit --no-fund --loglevel=error \
        "@bufbuild/buf@$version" >"$folder/npm.log" 2>&1 || ! have; then
        echo "buf.sh: @bufbuild/buf $version cannot be installed, see $folder/npm.log" >&2
        exit 3
    fi
fi

cd "$here/proto" || exit 3
result=0
"$buf" lint || { echo "buf.sh: lint found the above" >&2; result=1; }
"$buf" format --diff --exit-code --path yilian || { echo "buf.sh: not in buf's form: buf format -w" >&2; result=1; }
for baseline in baseline/*.binpb; do
    "$buf" breaking --against "$baseline" --exclude-imports ||
        { echo "buf.sh: breaks $baseline" >&2; result=1; }
done
exit $result
