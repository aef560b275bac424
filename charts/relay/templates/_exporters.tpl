{{- /* Where an exporter finds what it measures, and who it is. Each takes the root. */}}

{{- define "relay.redisExporterEnv" -}}
{{- if .Values.redis.enabled -}}
- { name: REDIS_ADDR, value: "redis://{{ include "relay.fullname" . }}-redis:6379" }
- { name: REDIS_USER, value: exporter }
{{ include "relay.storePassword" (list . "REDIS_PASSWORD" "redis" "exporter") }}
{{- else -}}
{{- with .Values.externalRedis -}}
- { name: REDIS_ADDR, value: "{{ ternary "rediss" "redis" .tls }}://{{ include "relay.urlHost" .host }}:{{ .port }}" }
{{- with .exporter.user }}
- { name: REDIS_USER, value: {{ . | quote }} }
{{- end }}
{{- with include "relay.storePassword" (list $ "REDIS_PASSWORD" "redis" "exporter") }}
{{ . }}
{{- end }}
{{- if $.Values.caBundle.existingConfigMap }}
- { name: REDIS_EXPORTER_TLS_CA_CERT_FILE, value: /run/ca/{{ $.Values.caBundle.key }} }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "relay.postgresExporterEnv" -}}
{{- if .Values.postgres.enabled -}}
- { name: DATA_SOURCE_URI, value: "{{ include "relay.fullname" . }}-postgres:5432/relay?sslmode=disable" }
- { name: DATA_SOURCE_USER, value: exporter }
{{- else -}}
{{- with .Values.externalPostgres -}}
{{- $address := printf "%s:%d" (include "relay.urlHost" (.exporter.host | default .host)) (ternary .exporter.port .port (not (empty .exporter.host)) | int) -}}
{{- $parameters := .exporter.parameters | default .parameters | default "sslmode=disable" -}}
{{- if and $.Values.caBundle.existingConfigMap (not (contains "sslrootcert=" $parameters)) -}}
{{- $parameters = printf "%s&sslrootcert=/run/ca/%s" $parameters $.Values.caBundle.key -}}
{{- end -}}
- { name: DATA_SOURCE_URI, value: {{ printf "%s/%s?%s" $address .database $parameters | quote }} }
- { name: DATA_SOURCE_USER, value: {{ .exporter.user | quote }} }
{{- end }}
{{- end }}
# A file, from which the exporter leaves out a newline at the end, as Postgres does when it makes the role.
- { name: DATA_SOURCE_PASS_FILE, value: /run/secrets/postgres/exporter-password }
{{- end }}
