{{- define "yilian.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "yilian.selector" -}}
app.kubernetes.io/name: yilian
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "yilian.labels" -}}
{{ include "yilian.selector" . }}
app.kubernetes.io/part-of: yilian
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "yilian.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- define "yilian.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "yilian.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* The values of one service over the defaults, with every name filled in. As YAML. */}}
{{- define "yilian.service" -}}
{{- $root := .root -}}
{{- $own := index $root.Values.services .name | default dict -}}
{{- $out := mergeOverwrite (deepCopy $root.Values.defaults) (deepCopy $own) -}}
{{- $full := printf "%s-%s" (include "yilian.fullname" $root) .name -}}
{{- $_ := set $out "fullname" $full -}}
{{- $_ := set $out "secretName" ($out.secretName | default (printf "%s-keys" $full)) -}}
{{- $_ := set $out "tlsSecretName" ($out.tlsSecretName | default (printf "%s-tls" $full)) -}}
{{- $_ := set $out "tokenSecretName" ($out.tokenSecretName | default (printf "%s-token" $full)) -}}
{{- $_ := set $out "dbSecretName" ($out.dbSecretName | default (printf "%s-db" $full)) -}}
{{- $_ := set $out "database" ($out.database | default (printf "yilian_%s" .name)) -}}
{{- $_ := set $out "databaseUser" ($out.databaseUser | default (printf "yilian_%s" .name)) -}}
{{- $prefix := $root.Values.kafka.userPrefix | default (include "yilian.fullname" $root) -}}
{{- $_ := set $out "kafkaUser" (printf "%s-%s" $prefix .name) -}}
{{- $_ := set $out "secrets" (concat (list "page_token_key") ($out.secrets | default list)) -}}
{{- $_ := set $out "scaled" (or $out.hpa.enabled $out.keda.enabled) -}}
{{- $most := int $out.replicas -}}
{{- if $out.hpa.enabled }}{{ $most = int $out.hpa.maxReplicas }}{{ end -}}
{{- if $out.keda.enabled }}{{ $most = int $out.keda.maxReplicas }}{{ end -}}
{{- $_ := set $out "most" $most -}}
{{- toYaml $out -}}
{{- end -}}

{{- define "yilian.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.podSecurity.runAsUser }}
runAsGroup: {{ .Values.podSecurity.runAsGroup }}
fsGroup: {{ .Values.podSecurity.fsGroup }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "yilian.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What cannot be said in the schema. */}}
{{- define "yilian.validate" -}}
{{- range $name, $_ := .Values.services -}}
{{- $s := include "yilian.service" (dict "root" $ "name" $name) | fromYaml -}}
{{- if and $s.hpa.enabled $s.keda.enabled }}{{ fail (printf "services.%s: hpa and keda scale the same Deployment; enable one" $name) }}{{ end -}}
{{- if and $s.hpa.enabled (gt (int $s.hpa.minReplicas) (int $s.hpa.maxReplicas)) }}{{ fail (printf "services.%s: hpa.minReplicas exceeds maxReplicas" $name) }}{{ end -}}
{{- if and $s.keda.enabled (gt (int $s.keda.minReplicas) (int $s.keda.maxReplicas)) }}{{ fail (printf "services.%s: keda.minReplicas exceeds maxReplicas" $name) }}{{ end -}}
{{- end -}}
{{- $least := add (mul .Values.rollout.preStopSleepSeconds 1000) (.Values.limits.drain_ms | default 10000) -}}
{{- if le (mul .Values.rollout.terminationGraceSeconds 1000) $least }}{{ fail "rollout.terminationGraceSeconds must exceed preStopSleepSeconds and limits.drain_ms together" }}{{ end -}}
{{- if and .Values.certManager.enabled (not .Values.certManager.issuerRef.name) }}{{ fail "certManager.issuerRef.name is required" }}{{ end -}}
{{- if and (hasPrefix "verify" .Values.postgres.sslmode) (not .Values.postgres.caSecretName) }}{{ fail "postgres.caSecretName is required to verify the server" }}{{ end -}}
{{- end -}}
