{{- /* How pods reach Redis and Postgres, the bundled ones or external ones. */}}

{{- /* Secrets: the given one, or else the chart's own. */}}
{{- define "relay.postgresSecret" -}}
{{- $given := ternary .Values.postgres .Values.externalPostgres .Values.postgres.enabled -}}
{{ $given.existingSecret | default (printf "%s-postgres" (include "relay.fullname" .)) }}
{{- end }}

{{- define "relay.redisSecret" -}}
{{- $given := ternary .Values.redis .Values.externalRedis .Values.redis.enabled -}}
{{ $given.existingSecret | default (printf "%s-redis" (include "relay.fullname" .)) }}
{{- end }}

{{- /* A password from a Secret. Takes the variable's name, the Secret's and the key's. */}}
{{- define "relay.passwordVariable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef: { name: {{ index . 1 | quote }}, key: {{ index . 2 | quote }} }
{{- end }}

{{- /* The key of a user's password. Takes the root, the store and the user. A generated Secret has keys of fixed names. */}}
{{- define "relay.storeKey" -}}
{{- $values := (index . 0).Values -}}
{{- $store := index . 1 -}}
{{- $user := index . 2 -}}
{{- $given := ternary (get $values $store) (get $values (printf "external%s" (title $store))) (get $values $store).enabled -}}
{{- $fixed := printf "%s-password" $user -}}
{{- if or $given.existingSecret (get ($given.secrets | default dict) $user) -}}
{{ get ($given.secretKeys | default dict) $user | default $fixed }}
{{- else -}}
{{ $fixed }}
{{- end -}}
{{- end }}

{{- /* The Secret with a user's password; empty where an external Redis has none. Takes the same. */}}
{{- define "relay.storeSecret" -}}
{{- $root := index . 0 -}}
{{- $store := index . 1 -}}
{{- $external := get $root.Values (printf "external%s" (title $store)) -}}
{{- if (get $root.Values $store).enabled -}}
{{ include (printf "relay.%sSecret" $store) $root }}
{{- else -}}
{{ get ($external.secrets | default dict) (index . 2) | default $external.existingSecret }}
{{- end -}}
{{- end }}

{{- /* The variable with a user's password; nothing where an external Redis has none. Takes the root, the variable, the store and the user. */}}
{{- define "relay.storePassword" -}}
{{- $root := index . 0 -}}
{{- $store := index . 2 -}}
{{- $user := index . 3 -}}
{{- with include "relay.storeSecret" (list $root $store $user) -}}
{{ include "relay.passwordVariable" (list (index $ 1) . (include "relay.storeKey" (list $root $store $user))) }}
{{- end }}
{{- end }}

{{- /* As a part of a URL. Encoded parts stay: earlier versions of the chart required encoded values. */}}
{{- define "relay.urlPart" -}}
{{- $text := toString . -}}
{{ if regexMatch "%[0-9A-Fa-f]{2}" $text }}{{ $text }}{{ else }}{{ $text | urlquery | replace "+" "%20" }}{{ end }}
{{- end }}

{{- /* pg decodes a path with decodeURI, which leaves these encoded. */}}
{{- define "relay.urlDatabase" -}}
{{- $path := include "relay.urlPart" . -}}
{{- range $code, $character := dict "%3B" ";" "%2F" "/" "%3A" ":" "%40" "@" "%26" "&" "%3D" "=" "%2B" "+" "%24" "$" "%2C" "," -}}
{{- $path = replace $code $character $path -}}
{{- end -}}
{{ $path }}
{{- end }}

{{- /* An IPv6 address stands in brackets in a URL. */}}
{{- define "relay.urlHost" -}}
{{ if and (contains ":" .) (not (hasPrefix "[" .)) }}[{{ . }}]{{ else }}{{ . }}{{ end }}
{{- end }}

{{- /* A connection URL without its password. Takes the root and the user: owner, auth or post. */}}
{{- define "relay.postgresUrl" -}}
{{- $root := index . 0 -}}
{{- $user := index . 1 -}}
{{- if $root.Values.postgres.enabled -}}
postgres://{{ ternary "relay_owner" $user (eq $user "owner") }}@{{ include "relay.fullname" $root }}-postgres:5432/relay
{{- else -}}
{{- with $root.Values.externalPostgres -}}
postgres://{{ include "relay.urlPart" (get .users $user) }}@{{ include "relay.urlHost" .host }}:{{ .port }}/{{ include "relay.urlDatabase" .database }}{{ with .parameters }}?{{ . }}{{ end }}
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
{{ ternary "rediss" "redis" .tls }}://{{ with get .users $user }}{{ include "relay.urlPart" . }}@{{ end }}{{ include "relay.urlHost" .host }}:{{ .port }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The class of a volume as a line of its claim. Takes the root and `persistence`. */}}
{{- define "relay.storageClass" -}}
{{- $global := (index . 0).Values.global | default dict -}}
{{- with (index . 1).storageClass | default $global.storageClass -}}
storageClassName: {{ ternary "" . (eq . "-") | quote }}
{{- end }}
{{- end }}
