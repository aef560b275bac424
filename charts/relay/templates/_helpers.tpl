{{- define "relay.fullname" -}}
{{- $name := .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{ fail (printf "no Service can be called %s-auth: give another release name, or fullnameOverride" $name) }}
{{- end -}}
{{ $name }}
{{- end }}

{{- /* What selects the pods of a component. Takes the root and the component's name. */}}
{{- define "relay.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: relay
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- /* Of pods: without versions, so that a release replaces only the pods that it changes. */}}
{{- define "relay.podLabels" -}}
{{- $root := index . 0 -}}
{{ include "relay.selectorLabels" . }}
app.kubernetes.io/part-of: relay
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "relay.labels" -}}
{{- $root := index . 0 -}}
{{ include "relay.podLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Takes the root and values with repository, tag and digest. */}}
{{- define "relay.image" -}}
{{- $root := index . 0 -}}
{{- with index . 1 -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $root.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* What every pod has: Pod Security "restricted". Takes the root, the component's name and a user's number. */}}
{{- define "relay.podSpec" -}}
{{- $root := index . 0 -}}
{{- $user := index . 2 -}}
serviceAccountName: {{ include "relay.fullname" $root }}-{{ index . 1 }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $user }}
  runAsGroup: {{ $user }}
  fsGroup: {{ $user }}
  # Else a volume of many files is walked through at each start.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Takes whether files of the image can be changed. */}}
{{- define "relay.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: {{ not . }}
capabilities: { drop: [ALL] }
{{- end }}

{{- /* Secrets: the one that was given, or else the one that the chart makes. */}}
{{- define "relay.postgresSecret" -}}
{{- $given := ternary .Values.postgres .Values.externalPostgres .Values.postgres.enabled -}}
{{ $given.existingSecret | default (printf "%s-postgres" (include "relay.fullname" .)) }}
{{- end }}

{{- define "relay.redisSecret" -}}
{{- $given := ternary .Values.redis .Values.externalRedis .Values.redis.enabled -}}
{{ $given.existingSecret | default (printf "%s-redis" (include "relay.fullname" .)) }}
{{- end }}

{{- define "relay.signingKeysSecret" -}}
{{ .Values.auth.signingKeys.existingSecret | default (printf "%s-signing-keys" (include "relay.fullname" .)) }}
{{- end }}

{{- /* A password from a Secret. Takes the variable's name, the Secret's and the key's. */}}
{{- define "relay.passwordVariable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef: { name: {{ index . 1 }}, key: {{ index . 2 }} }
{{- end }}

{{- /* A connection URL without its password. Takes the root and the user: owner, auth or post. */}}
{{- define "relay.postgresUrl" -}}
{{- $root := index . 0 -}}
{{- $user := index . 1 -}}
{{- if $root.Values.postgres.enabled -}}
postgres://{{ ternary "relay_owner" $user (eq $user "owner") }}@{{ include "relay.fullname" $root }}-postgres:5432/relay
{{- else -}}
{{- with $root.Values.externalPostgres -}}
postgres://{{ get .users $user }}@{{ .host }}:{{ .port }}/{{ .database }}{{ with .parameters }}?{{ . }}{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The same of Redis. */}}
{{- define "relay.redisUrl" -}}
{{- $root := index . 0 -}}
{{- $user := index . 1 -}}
{{- if $root.Values.redis.enabled -}}
redis://{{ $user }}@{{ include "relay.fullname" $root }}-redis:6379
{{- else -}}
{{- with $root.Values.externalRedis -}}
{{ ternary "rediss" "redis" .tls }}://{{ with get .users $user }}{{ . }}@{{ end }}{{ .host }}:{{ .port }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Mebibytes of a quantity such as 256Mi or 1Gi. */}}
{{- define "relay.mebibytes" -}}
{{- if hasSuffix "Gi" . -}}
{{ mulf (trimSuffix "Gi" . | float64) 1024 | int }}
{{- else if hasSuffix "Mi" . -}}
{{ trimSuffix "Mi" . | float64 | int }}
{{- else -}}
{{ fail (printf "resources.limits.memory: %s must end in Mi or Gi" .) }}
{{- end }}
{{- end }}

{{- /* Not empty if the bundled Redis or Postgres has its exporter. Takes the root and which. */}}
{{- define "relay.exporterEnabled" -}}
{{- $values := get (index . 0).Values (index . 1) -}}
{{- if and $values.enabled $values.exporter.enabled }}true{{ end }}
{{- end }}
