{{- /* The address of an exporter's store, and its user. Each takes the root. */}}

{{- define "relay.redisExporterEnv" -}}
{{- if .Values.redis.enabled -}}
- { name: REDIS_ADDR, value: "redis://{{ include "relay.fullname" . }}-redis:6379" }
- { name: REDIS_USER, value: exporter }
{{ include "relay.storePassword" (list . "REDIS_PASSWORD" "redis" "exporter") }}
{{- else -}}
{{- with .Values.externalRedis -}}
- { name: REDIS_ADDR, value: {{ printf "%s://%s" (ternary "rediss" "redis" .tls) (include "relay.exporterTarget" .) | quote }} }
{{- with .exporter.user }}
- { name: REDIS_USER, value: {{ . | quote }} }
{{- end }}
{{- with include "relay.storePassword" (list $ "REDIS_PASSWORD" "redis" "exporter") }}
{{ . }}
{{- end }}
{{- if include "relay.exporterCa" (list $ "redis") }}
- { name: REDIS_EXPORTER_TLS_CA_CERT_FILE, value: {{ printf "/run/ca/%s" $.Values.caBundle.key | quote }} }
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
{{- $address := include "relay.exporterTarget" . -}}
{{- $parameters := .exporter.parameters | default (include "relay.libpqParameters" .parameters) | default "sslmode=disable" -}}
{{- $verifiesNothing := and (not .exporter.parameters) (contains "sslmode=no-verify" (.parameters | default "")) -}}
{{- if and (include "relay.exporterCa" (list $ "postgres")) (not $verifiesNothing) (not (contains "sslrootcert=" $parameters)) -}}
{{- $parameters = printf "%s&sslrootcert=/run/ca/%s" $parameters $.Values.caBundle.key -}}
{{- end -}}
- { name: DATA_SOURCE_URI, value: {{ printf "%s/%s?%s" $address (include "relay.urlPart" .database) $parameters | quote }} }
- { name: DATA_SOURCE_USER, value: {{ .exporter.user | quote }} }
{{- end }}
{{- end }}
# A file, from which the exporter leaves out a newline at the end, as Postgres does when it makes the role.
- { name: DATA_SOURCE_PASS_FILE, value: /run/secrets/postgres/exporter-password }
{{- end }}

{{- /* The address of an external store for its exporter, which may be another than that for the services. Takes externalRedis or externalPostgres. */}}
{{- define "relay.exporterTarget" -}}
{{ include "relay.urlHost" (.exporter.host | default .host) }}:{{ ternary .exporter.port .port (not (empty .exporter.host)) | int }}
{{- end }}

{{- /* Not empty if the exporter of an external store trusts caBundle. Its drivers then trust no other CA. Takes the root and which. */}}
{{- define "relay.exporterCa" -}}
{{- $values := (index . 0).Values -}}
{{- $exporter := (get $values (printf "external%s" (title (index . 1)))).exporter -}}
{{- if and (not (get $values (index . 1)).enabled) $values.caBundle.existingConfigMap $exporter.caBundle }}true{{ end }}
{{- end }}

{{- /*
The services' parameters for lib/pq, the exporter's driver. It refuses the words that only node-postgres has: no-verify and
prefer, which both demand TLS there, and uselibpqcompat.
*/}}
{{- define "relay.libpqParameters" -}}
{{- $kept := list -}}
{{- range splitList "&" (. | default "") -}}
{{- if not (or (empty .) (hasPrefix "uselibpqcompat=" .)) -}}
{{- $kept = append $kept (regexReplaceAll "^sslmode=(no-verify|prefer)$" . "sslmode=require") -}}
{{- end -}}
{{- end -}}
{{ join "&" $kept }}
{{- end }}
