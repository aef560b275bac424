{{- /* The environment of a service's container. Takes the root and the service's name. */}}
{{- define "relay.environment" -}}
{{- $name := index . 1 -}}
{{- $own := include "relay.ownEnvironment" . -}}
{{ $own }}
{{- with include "relay.extraEnvironment" (list $name (get (index . 0).Values $name).env $own) }}
{{ . }}
{{- end }}
{{- end }}

{{- /* Of two variables of one name, Helm 3 would lose one, and Helm 4 fails with an unclear message. */}}
{{- define "relay.refuseVariable" -}}
{{- $service := index . 0 -}}
{{- $variable := index . 1 -}}
{{- $values := dict
  "LOG_LEVEL" "logLevel"
  "TRUSTED_HOPS" "trustedHops"
  "BODY_LIMIT_BYTES" "bodyLimitBytes"
  "CORS_ORIGINS" "corsOrigins"
  "SHUTDOWN_DEADLINE_MS" "shutdown.deadlineSeconds"
  "DATABASE_URL" "externalPostgres"
  "DATABASE_PASSWORD" "postgres.existingSecret or externalPostgres.existingSecret"
  "DATABASE_POOL_SIZE" (printf "%s.databasePoolSize" $service)
  "REDIS_URL" "externalRedis"
  "REDIS_PASSWORD" "redis.existingSecret or externalRedis.existingSecret"
  "REDIS_CLUSTER" "externalRedis.cluster"
  "REDIS_SENTINEL_MASTER" "externalRedis.sentinel.master"
  "REDIS_SENTINEL_PASSWORD" "externalRedis.sentinel.existingSecret"
  "SIGNING_KEYS_DIR" "auth.signingKeys.existingSecret"
  "ACCESS_TOKEN_SECONDS" "auth.accessTokenSeconds"
  "REFRESH_TOKEN_SECONDS" "auth.refreshTokenSeconds"
  "REFRESH_REUSE_SECONDS" "auth.refreshReuseSeconds"
  "UV_THREADPOOL_SIZE" "auth.threadPoolSize"
  "LOGINS_PER_ACCOUNT" "auth.limits.loginsPerAccount"
  "LOGINS_PER_ADDRESS" "auth.limits.loginsPerAddress"
  "REFRESHES_PER_ADDRESS" "auth.limits.refreshesPerAddress"
  "REGISTRATIONS_PER_ADDRESS" "auth.limits.registrationsPerAddress"
  "COOKIE_SECURE" "auth.cookieSecure"
  "CACHE_TTL_SECONDS" "post.cache.ttlSeconds"
  "CACHE_ABSENT_TTL_SECONDS" "post.cache.absentTtlSeconds"
  "CACHE_TIMEOUT_MS" "post.cache.timeoutMs"
  "CACHE_CONSISTENCY" "post.cache.consistency"
  "CACHE_LOCAL_TTL_SECONDS" "post.cache.localTtlSeconds"
  "CACHE_WARM_UP" "post.cache.warmUp"
  "POSTS_PER_USER" "post.limits.postsPerUser"
  "VOTES_PER_USER" "post.limits.votesPerUser"
  "IDEMPOTENCY_SECONDS" "post.idempotencySeconds"
  "REMOVED_USERS_POLL_SECONDS" "post.removedUsersPollSeconds"
  "OTEL_EXPORTER_OTLP_ENDPOINT" "tracing.endpoint"
  "OTEL_EXPORTER_OTLP_HEADERS" "tracing.existingSecret"
  "OTEL_RESOURCE_ATTRIBUTES" "tracing.attributes"
  "TRUST_TRACE_HEADERS" "tracing.trustCallers"
  "OTEL_TRACES_SAMPLER" "tracing.sampleRatio"
  "OTEL_TRACES_SAMPLER_ARG" "tracing.sampleRatio"
  "OWNER_DATABASE_URL" "externalPostgres"
  "OWNER_DATABASE_PASSWORD" "postgres.existingSecret or externalPostgres.existingSecret"
  "NODE_OPTIONS" (printf "%[1]s.resources.limits.memory for the heap, or %[1]s.args" $service)
  "NODE_EXTRA_CA_CERTS" "caBundle.existingConfigMap"
-}}
{{- $instead := "no value changes it" -}}
{{- with get $values $variable }}{{ $instead = printf "use the value %s" . }}{{ end -}}
{{- fail (printf "%s.env: the chart sets %s itself; %s" $service $variable $instead) -}}
{{- end }}

{{- define "relay.ownEnvironment" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $values := $root.Values -}}
{{- $service := get $values $name -}}
- { name: LOG_LEVEL, value: {{ $values.logLevel }} }
- { name: TRUSTED_HOPS, value: {{ $values.trustedHops | quote }} }
- { name: BODY_LIMIT_BYTES, value: {{ $values.bodyLimitBytes | int | quote }} }
{{- with $values.corsOrigins }}
- { name: CORS_ORIGINS, value: {{ join "," . | quote }} }
{{- end }}
- { name: SHUTDOWN_DEADLINE_MS, value: {{ mul $values.shutdown.deadlineSeconds 1000 | quote }} }
{{- if has $name (include "relay.servicesWithStores" $root | fromYamlArray) }}
{{ include "relay.storeVariables" . }}
{{- end }}
{{- if eq $name "auth" }}
- { name: SIGNING_KEYS_DIR, value: /run/secrets/signing-keys }
- { name: ACCESS_TOKEN_SECONDS, value: {{ $service.accessTokenSeconds | int | quote }} }
- { name: REFRESH_TOKEN_SECONDS, value: {{ $service.refreshTokenSeconds | int | quote }} }
- { name: REFRESH_REUSE_SECONDS, value: {{ $service.refreshReuseSeconds | int | quote }} }
# libuv reads it once, when the process starts.
- { name: UV_THREADPOOL_SIZE, value: {{ $service.threadPoolSize | int | quote }} }
- { name: LOGINS_PER_ACCOUNT, value: {{ $service.limits.loginsPerAccount | int | quote }} }
- { name: LOGINS_PER_ADDRESS, value: {{ $service.limits.loginsPerAddress | int | quote }} }
- { name: REFRESHES_PER_ADDRESS, value: {{ $service.limits.refreshesPerAddress | int | quote }} }
- { name: REGISTRATIONS_PER_ADDRESS, value: {{ $service.limits.registrationsPerAddress | int | quote }} }
- { name: COOKIE_SECURE, value: {{ $service.cookieSecure | quote }} }
{{- else if eq $name "post" }}
- { name: JWKS_URL, value: "http://{{ include "relay.fullname" $root }}-auth/api/auth/.well-known/jwks.json" }
- { name: CACHE_TTL_SECONDS, value: {{ $service.cache.ttlSeconds | int | quote }} }
- { name: CACHE_ABSENT_TTL_SECONDS, value: {{ $service.cache.absentTtlSeconds | int | quote }} }
- { name: CACHE_TIMEOUT_MS, value: {{ $service.cache.timeoutMs | int | quote }} }
- { name: CACHE_CONSISTENCY, value: {{ $service.cache.consistency }} }
- { name: CACHE_LOCAL_TTL_SECONDS, value: {{ $service.cache.localTtlSeconds | int | quote }} }
- { name: CACHE_WARM_UP, value: {{ $service.cache.warmUp | quote }} }
- { name: POSTS_PER_USER, value: {{ $service.limits.postsPerUser | int | quote }} }
- { name: VOTES_PER_USER, value: {{ $service.limits.votesPerUser | int | quote }} }
- { name: IDEMPOTENCY_SECONDS, value: {{ $service.idempotencySeconds | int | quote }} }
- { name: REMOVED_USERS_POLL_SECONDS, value: {{ $service.removedUsersPollSeconds | int | quote }} }
{{- end }}
{{- if $values.tracing.endpoint }}
{{ include "relay.tracingVariables" . }}
{{- end }}
{{- with ($service.resources | default dict).limits }}
{{- with .memory }}
# The rest is for memory outside the heap: buffers, hashing, code.
- { name: NODE_OPTIONS, value: --max-old-space-size={{ div (mul (include "relay.mebibytes" .) 3) 5 }} }
{{- end }}
{{- end }}
{{- with include "relay.caVariable" $root }}
{{ . }}
{{- end }}
{{- end }}

{{- /* How a service reaches Postgres and Redis. Takes the root and the service's name. */}}
{{- define "relay.storeVariables" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $values := $root.Values -}}
- { name: DATABASE_URL, value: {{ include "relay.postgresUrl" . | quote }} }
{{ include "relay.storePassword" (list $root "DATABASE_PASSWORD" "postgres" $name) }}
- { name: DATABASE_POOL_SIZE, value: {{ (get $values $name).databasePoolSize | quote }} }
- { name: REDIS_URL, value: {{ include "relay.redisUrl" . | quote }} }
{{- with include "relay.storePassword" (list $root "REDIS_PASSWORD" "redis" $name) }}
{{ . }}
{{- end }}
{{- if and (not $values.redis.enabled) $values.externalRedis.cluster }}
- { name: REDIS_CLUSTER, value: "true" }
{{- end }}
{{- if not $values.redis.enabled }}
{{- with $values.externalRedis.sentinel }}
{{- if .master }}
{{- if $values.externalRedis.cluster }}
{{- fail "externalRedis: the host is a node of a Cluster or a Sentinel: set cluster or sentinel.master" }}
{{- end }}
- { name: REDIS_SENTINEL_MASTER, value: {{ .master | quote }} }
{{- with .existingSecret }}
{{ include "relay.passwordVariable" (list "REDIS_SENTINEL_PASSWORD" . $values.externalRedis.sentinel.secretKey) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The variables of OpenTelemetry. Takes the root and the service's name. */}}
{{- define "relay.tracingVariables" -}}
{{- $tracing := (index . 0).Values.tracing -}}
{{- with $tracing -}}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .endpoint | quote }} }
{{- with .existingSecret }}
{{ include "relay.passwordVariable" (list "OTEL_EXPORTER_OTLP_HEADERS" . $tracing.secretKey) }}
{{- end }}
{{- if .trustCallers }}
- { name: TRUST_TRACE_HEADERS, value: "true" }
{{- end }}
{{- if lt (float64 .sampleRatio) 1.0 }}
- { name: OTEL_TRACES_SAMPLER, value: parentbased_traceidratio }
- { name: OTEL_TRACES_SAMPLER_ARG, value: {{ .sampleRatio | quote }} }
{{- end }}
{{- end }}
- { name: OTEL_SERVICE_NAME, value: relay-{{ index . 1 }} }
- name: POD_NAME
  valueFrom:
    fieldRef: { fieldPath: metadata.name }
- { name: OTEL_RESOURCE_ATTRIBUTES, value: {{ include "relay.tracingAttributes" (index . 0) | quote }} }
{{- end }}

{{- /* Given ones take precedence. Encoded as the variable's specification requires, so that Kubernetes finds no $ to expand. */}}
{{- define "relay.tracingAttributes" -}}
k8s.namespace.name={{ .Release.Namespace }},k8s.pod.name=$(POD_NAME)
{{- range $key, $value := .Values.tracing.attributes }},{{ $key | urlquery }}={{ $value | urlquery | replace "+" "%20" }}{{ end }}
{{- end }}

{{- define "relay.caVariable" -}}
{{- if .Values.caBundle.existingConfigMap -}}
- { name: NODE_EXTRA_CA_CERTS, value: {{ printf "/run/ca/%s" .Values.caBundle.key | quote }} }
{{- end }}
{{- end }}

{{- define "relay.caMount" -}}
{{- if .Values.caBundle.existingConfigMap -}}
- { name: ca, mountPath: /run/ca, readOnly: true }
{{- end }}
{{- end }}

{{- define "relay.caVolume" -}}
{{- with .Values.caBundle.existingConfigMap -}}
- name: ca
  configMap: { name: {{ . | quote }} }
{{- end }}
{{- end }}
