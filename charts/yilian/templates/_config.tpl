{{/* The configuration file of one service, every key of libs/config that the chart knows. */}}
{{- define "yilian.config" -}}
{{- $root := .root -}}
{{- $v := $root.Values -}}
{{- $s := include "yilian.service" . | fromYaml -}}
{{- $conninfo := printf "host=%s port=%d dbname=%s user=%s sslmode=%s" $v.postgres.host (int $v.postgres.port) $s.database $s.databaseUser $v.postgres.sslmode -}}
{{- if $v.postgres.caSecretName }}{{ $conninfo = printf "%s sslrootcert=/etc/yilian/postgres-ca/ca.crt" $conninfo }}{{ end -}}
service: {{ .name }}
district: {{ $v.district | quote }}
profile: production
listen: {host: 0.0.0.0, port: {{ $v.ports.grpc }}}
health: {host: 0.0.0.0, port: {{ $v.ports.health }}}
metrics: {host: 0.0.0.0, port: {{ $v.ports.metrics }}}
tls:
  certificate_file: /etc/yilian/tls/tls.crt
  key_file: /etc/yilian/tls/tls.key
  ca_file: /etc/yilian/tls/ca.crt
{{- if $v.tls.crlConfigMap }}
  crl_dir: /etc/yilian/crl
{{- end }}
auth: {jwks_file: /etc/yilian/jwks/jwks.json, audience: {{ $v.auth.audience | quote }}}
store:
  driver: postgres
  conninfo: {{ $conninfo | quote }}
  password_file: /run/yilian/secrets/db_password
kafka:
  bootstrap: {{ $v.kafka.bootstrap | quote }}
  # A rolling update has two processes of a service for a while, even at one replica.
  share_partitions: true
{{- $properties := deepCopy $v.kafka.properties }}
{{- if ne $v.kafka.auth "none" }}
{{- $properties = merge $properties (dict "security.protocol" "SASL_SSL" "sasl.mechanism" "SCRAM-SHA-512" "sasl.username" $s.kafkaUser "ssl.ca.location" "/etc/yilian/kafka-ca/ca.crt") }}
  password_file: /run/yilian/secrets/kafka_password
{{- end }}
{{- with $properties }}
  properties:
  {{- range $name, $value := . }}
    {{ $name }}: {{ $value | quote }}
  {{- end }}
{{- end }}
policies_dir: /usr/share/yilian/policies
peer_token_file: /etc/yilian/token/token
peers:
{{- range $peer, $_ := $v.services }}
{{- if ne $peer $.name }}
  {{ $peer }}: {{ printf "%s-%s.%s.svc:%d" (include "yilian.fullname" $root) $peer $root.Release.Namespace (int $v.ports.grpc) | quote }}
{{- end }}
{{- end }}
secrets:
{{- range $s.secrets }}
  {{ . }}: /run/yilian/secrets/{{ . }}
{{- end }}
settings:
  pack_keys: /etc/yilian/pack-keys/trusted.keys
{{- range $name, $value := $s.settings }}
  {{ $name }}: {{ $value | quote }}
{{- end }}
{{- if $v.reflection }}
reflection: true
{{- end }}
{{- with $v.limits }}
limits:
{{- range $name, $value := . }}
  {{ $name }}: {{ int64 $value }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Volumes of a service, and of its migration (migration: true), which reads less. The service takes
     no secret that others than its owner may read, and the kubelet makes files readable for fsGroup:
     an init container copies them into memory with the owner's rights alone. */}}
{{- define "yilian.volumes" -}}
{{- $v := .root.Values -}}
{{- $s := include "yilian.service" . | fromYaml -}}
- name: config
  configMap: {name: {{ $s.fullname }}{{ if .migration }}-migrate{{ end }}}
- name: secrets
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: secret-sources
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ $s.dbSecretName }}
          items: [{key: password, path: db_password}]
{{- if not .migration }}
      - secret:
          name: {{ $s.secretName }}
          items:
          {{- range $s.secrets }}
            - {key: {{ . }}, path: {{ . }}}
          {{- end }}
{{- if ne $v.kafka.auth "none" }}
      - secret:
          name: {{ $s.kafkaUser }}
          items: [{key: password, path: kafka_password}]
- name: kafka-ca
  secret:
    secretName: {{ $v.kafka.caSecretName }}
    items: [{key: ca.crt, path: ca.crt}]
{{- end }}
- name: tls
  secret: {secretName: {{ $s.tlsSecretName }}, defaultMode: 0440}
- name: token
  secret: {secretName: {{ $s.tokenSecretName }}, defaultMode: 0440}
- name: jwks
  configMap: {name: {{ $v.auth.jwksConfigMap }}}
- name: pack-keys
  configMap: {name: {{ $v.packs.keysConfigMap }}}
{{- with $v.tls.crlConfigMap }}
- name: crl
  configMap: {name: {{ . }}}
{{- end }}
{{- end }}
{{- with $v.postgres.caSecretName }}
- name: postgres-ca
  secret:
    secretName: {{ . }}
    items: [{key: ca.crt, path: ca.crt}]
{{- end }}
{{- end -}}

{{- define "yilian.mounts" -}}
{{- $v := .root.Values -}}
- {name: config, mountPath: /etc/yilian/config, readOnly: true}
- {name: secrets, mountPath: /run/yilian/secrets, readOnly: true}
{{- if not .migration }}
- {name: tls, mountPath: /etc/yilian/tls, readOnly: true}
- {name: token, mountPath: /etc/yilian/token, readOnly: true}
- {name: jwks, mountPath: /etc/yilian/jwks, readOnly: true}
- {name: pack-keys, mountPath: /etc/yilian/pack-keys, readOnly: true}
{{- if ne $v.kafka.auth "none" }}
- {name: kafka-ca, mountPath: /etc/yilian/kafka-ca, readOnly: true}
{{- end }}
{{- if $v.tls.crlConfigMap }}
- {name: crl, mountPath: /etc/yilian/crl, readOnly: true}
{{- end }}
{{- end }}
{{- if $v.postgres.caSecretName }}
- {name: postgres-ca, mountPath: /etc/yilian/postgres-ca, readOnly: true}
{{- end }}
{{- end -}}

{{- define "yilian.secretsContainer" -}}
name: secrets
image: {{ include "yilian.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: [/bin/sh, -ec, "umask 077; cp -L /sources/* /run/yilian/secrets/"]
securityContext:
  {{- include "yilian.containerSecurity" .root | nindent 2 }}
resources:
  requests: {cpu: 10m, memory: 16Mi}
  limits: {memory: 64Mi}
volumeMounts:
  - {name: secret-sources, mountPath: /sources, readOnly: true}
  - {name: secrets, mountPath: /run/yilian/secrets}
{{- end -}}
