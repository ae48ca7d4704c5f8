#!/usr/bin/env bash
# Proof of charts/yilian, deploy/prometheus and deploy/grafana without a cluster; its own step, not part of
# tests/run.sh. Needs Go (1.26) for Helm and kubeconform; installs the packages of section [chart].
#
#   tests/chart.sh [lint] [refusals] [schemas] [rules] [config]      all of them without argument
#
# What it builds and downloads is kept in build/chart, by version. Programs of the services for the last
# stage: YILIAN_PROGRAMS, a build folder (build/release); without them that stage fails.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
helm_version=v3.21.4 kubeconform_version=v0.7.0 kubernetes=v1.36.2
modules=(
    "k8s.io/kubernetes@$kubernetes"
    sigs.k8s.io/gateway-api@v1.3.0
    github.com/prometheus-operator/prometheus-operator@v0.85.0
    github.com/cert-manager/cert-manager@v1.18.2
    github.com/kedacore/keda/v2@v2.17.2
    github.com/cloudnative-pg/cloudnative-pg@v1.27.0
)
chart=charts/yilian
kept=$root/build/chart
out=$kept/out
passed=0 failed=0

check() {
    local what=$1
    shift
    if "$@" >"$out/last" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$what"
        sed 's/^/    /' "$out/last"
    fi
}

tools() {
    deploy/local/install.sh chart
    if ! command -v go >/dev/null; then
        echo "chart.sh: Go is not installed" >&2
        exit 1
    fi
    mkdir -p "$kept/bin"
    local tool
    for tool in "helm $helm_version helm.sh/helm/v3/cmd/helm" \
        "kubeconform $kubeconform_version github.com/yannh/kubeconform/cmd/kubeconform"; do
        read -r name version path <<<"$tool"
        [ ! -x "$kept/bin/$name-$version" ] || continue
        GOBIN=$kept/bin CGO_ENABLED=0 nice go install -p 1 "$path@$version"
        mv "$kept/bin/$name" "$kept/bin/$name-$version"
    done
}
helm() { "$kept/bin/helm-$helm_version" "$@"; }
# The release is named y: unquoted, YAML 1.1 takes it for a boolean.
render() { helm template y $chart --namespace yilian --kube-version "$kubernetes" "$@"; }
# A name for the shell's functions where a command is expected.
quietly_rendered() { render -f "$1" 2>/dev/null >"$2" && [ -s "$2" ]; }

values=()
for file in "$chart"/ci/*-values.yaml; do values+=("$(basename "$file" -values.yaml)"); done

render_all() {
    local name
    rm -rf "$out/rendered"
    mkdir -p "$out/rendered"
    for name in "${values[@]}"; do
        check "helm template, $name" \
            quietly_rendered "$chart/ci/$name-values.yaml" "$out/rendered/$name.yaml"
    done
}

stage_lint() {
    local name
    for name in "${values[@]}"; do
        check "helm lint, $name" helm lint --strict "$chart" -f "$chart/ci/$name-values.yaml"
        check "helm template again, $name" \
            quietly_rendered "$chart/ci/$name-values.yaml" "$out/again.yaml"
        check "two renderings of $name are the same" cmp "$out/rendered/$name.yaml" "$out/again.yaml"
    done
    check 'rendered objects' tests/tools/chart_checks.py rendered "$out"/rendered/*.yaml
}

# refused WORD ARGUMENT...: helm refuses, and what it says holds WORD.
refused() {
    local word=$1 said
    shift
    if said=$(render -f "$chart/ci/minimal-values.yaml" "$@" 2>&1 >/dev/null); then
        echo "accepted: $*"
        return 1
    fi
    grep -qF -- "$word" <<<"$said" || {
        echo "refused for another reason: $said"
        return 1
    }
}

# What is refused, and the word of the answer that tells why.
refusals="
district        --set-string district=12011
district        --set district=null
kafka           --set kafka.bootstrap=
kafka           --set kafka.bootstrap=kafka
password        --set-string kafka.properties.sasl\.password=x
not allowed     --set unknown=1
not allowed     --set services.pharmacy.replicas=1
not allowed     --set services.billing.replica=2
not allowed     --set services.billing.password=x
services        --set services.billing=null
replicas        --set services.billing.replicas=0
replicas        --set-string services.billing.replicas=2
maxReplicas     --set services.billing.keda.maxReplicas=13
cooldownSeconds --set services.billing.keda.cooldownSeconds=5
hpa and keda    --set services.billing.hpa.enabled=true --set services.billing.keda.enabled=true
hpa.minReplicas --set services.billing.hpa.enabled=true --set services.billing.hpa.minReplicas=9
memory          --set-string services.billing.resources.limits.memory=much
runAsUser       --set podSecurity.runAsUser=0
sslmode         --set postgres.sslmode=prefer
caSecretName    --set postgres.sslmode=verify-full
pullPolicy      --set image.pullPolicy=Sometimes
digest          --set image.digest=sha256:12
grpc            --set ports.grpc=70000
terminationGrace --set rollout.terminationGraceSeconds=12
issuerRef       --set certManager.enabled=true
hostnameSuffix  --set gateway.tlsRoute.enabled=true --set gateway.tlsRoute.parentRefs[0].name=g
parentRefs      --set gateway.grpcRoute.enabled=true
interval        --set monitoring.serviceMonitor.interval=15sec
drain_ms        --set limits.drain_ms=-1
zone            --set topologySpread.zone=Sometimes
dnsTo           --set networkPolicy.dnsTo=null
dnsTo           --set-json networkPolicy.dnsTo=[]
kubeVersion     --kube-version 1.29.0
"

stage_refusals() {
    local line word arguments
    while read -r line; do
        [ -n "$line" ] || continue
        word=${line%%  *}
        word=${word%% --*}
        read -ra arguments <<<"--${line#*--}"
        check "refusal: $line" refused "$word" "${arguments[@]}"
    done <<<"$refusals"
}

module_folder() { go mod download -json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])'; }

make_schemas() {
    schemas=$kept/schemas-$(sha256sum <<<"${modules[*]} $(<tests/tools/chart_schemas.py)" | cut -c1-12)
    [ ! -d "$schemas" ] || return 0
    local folder=() module
    for module in "${modules[@]}"; do folder+=("$(module_folder "$module")"); done
    rm -rf "$schemas.new"
    nice tests/tools/chart_schemas.py "$schemas.new" "${folder[0]}/api/openapi-spec/v3" \
        "${folder[1]}"/config/crd/experimental/*.yaml \
        "${folder[2]}"/example/prometheus-operator-crd/*_{prometheusrules,servicemonitors}.yaml \
        "${folder[3]}"/deploy/crds/crd-certificates.yaml \
        "${folder[4]}"/config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml \
        "${folder[5]}"/config/crd/bases/postgresql.cnpg.io_{clusters,databases}.yaml
    mv "$schemas.new" "$schemas"
}

# Strimzi publishes no Go module: its two kinds wait for the real API server.
valid() {
    "$kept/bin/kubeconform-$kubeconform_version" -strict -summary -skip KafkaTopic,KafkaUser \
        -schema-location "$schemas/{{ .Group }}_{{ .ResourceAPIVersion }}_{{ .ResourceKind }}.json" "$@"
}
invalid() { ! valid "$@"; }

stage_schemas() {
    make_schemas
    check 'kubeconform' valid "$out"/rendered/*.yaml
    sed 's/readinessProbe:/readinesProbe:/' "$out/rendered/minimal.yaml" >"$out/misspelt.yaml"
    check 'kubeconform refuses a misspelt field' invalid "$out/misspelt.yaml"
    sed 's/interval: 15s$/interval: 15sec/' "$out/rendered/ha.yaml" >"$out/wrong-interval.yaml"
    check 'kubeconform refuses a wrong interval of a ServiceMonitor' invalid "$out/wrong-interval.yaml"
}

stage_rules() {
    check 'promtool check rules' promtool check rules deploy/prometheus/*.rules.yaml
    check 'promtool check config' promtool check config deploy/prometheus/prometheus.example.yml
    check 'promtool test rules' promtool test rules deploy/prometheus/rules.tests.yaml
    check 'rules, runbooks and dashboards' tests/tools/chart_checks.py observe "$out/queries.json"
    check 'queries of the dashboards' promtool check rules "$out/queries.json"
    mkdir -p "$out/dashboards"
    check 'make_dashboards.py' deploy/grafana/make_dashboards.py "$out/dashboards"
    check 'dashboards are what make_dashboards.py writes' \
        diff -r --exclude '*.py' --exclude '*.md' --exclude __pycache__ deploy/grafana "$out/dashboards"
}

# The service's own reader takes the file: without its password the program ends with 1 and says so, a
# refused configuration ends with 2.
accepted_by() {
    local said status=0
    said=$(timeout 20 "$1" --config "$2" --migrate-only 2>&1) || status=$?
    echo "exit $status: $said"
    [ $status = 1 ] && [[ $said == *"secret file /run/yilian/secrets/db_password cannot be read"* ]]
}
stage_config() {
    local programs=${YILIAN_PROGRAMS:-build/release} name file service
    for name in "${values[@]}"; do
        rm -rf "$out/configs"
        check "configuration files, $name" \
            tests/tools/chart_checks.py configs "$out/rendered/$name.yaml" "$out/configs"
        for file in "$out"/configs/*.yaml; do
            service=$(basename "$file" | cut -d. -f1)
            check "yilian-$service reads $name, $(basename "$file")" \
                accepted_by "$programs/services/$service/yilian-$service" "$file"
        done
    done
}

[ $# -gt 0 ] || set -- lint refusals schemas rules config
for stage in "$@"; do
    if ! declare -F "stage_$stage" >/dev/null; then
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
        exit 2
    fi
done
mkdir -p "$out"
tools
render_all
for stage in "$@"; do
    printf '== %s\n' "$stage"
    "stage_$stage"
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
