{{- define "relay.rules.cache" -}}
{{- $by := include "relay.rules.by" . }}
{{- $services := include "relay.rules.of" (list . "auth|post") }}
{{- $post := include "relay.rules.of" (list . "post") }}
{{- $alerts := .Values.prometheusRule.alerts }}
- alert: RelayCacheDown
  expr: |-
    max by ({{ $by }}, job, pod) (cache_breaker_state{ {{- $post }},state=~"open|half-open"} == 1)
      or max by ({{ $by }}, job, pod) (redis_connection_up{ {{- $services -}} } == 0)
  for: {{ $alerts.cacheDown.for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-cache
    summary: '{{`{{ $labels.pod }}`}} has lost Redis'
    description: >-
      {{`{{ $labels.pod }}`}} has no connection to Redis, or its breaker is open. A post pod reads everything from Postgres, and
      other pods invalidate what it writes, from the outbox; an auth pod counts logins for itself.
{{- with $alerts.cacheBreakerFlapping }}
- alert: RelayCacheBreakerFlapping
  expr: round(increase(cache_breaker_opened_total{ {{- $post -}} }[{{ .window }}])) >= {{ .openings }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-cache
    summary: 'The breaker of {{`{{ $labels.pod }}`}} opens again and again'
    description: >-
      The breaker of {{`{{ $labels.pod }}`}} has opened {{`{{ $value }}`}} times within {{ .window }}: Redis answers, but too late or
      with errors.
{{- end }}
{{- with $alerts.cacheHitRateLow }}
- alert: RelayCacheHitRateLow
  expr: |-
    sum by ({{ $by }}, job) (rate(cache_hits_total{ {{- $post -}} }[{{ .window }}]))
      / (sum by ({{ $by }}, job) (rate(cache_hits_total{ {{- $post -}} }[{{ .window }}]))
        + sum by ({{ $by }}, job) (rate(cache_misses_total{ {{- $post -}} }[{{ .window }}]))) < {{ .ratio }}
      and sum by ({{ $by }}, job) (rate(cache_hits_total{ {{- $post -}} }[{{ .window }}]))
        + sum by ({{ $by }}, job) (rate(cache_misses_total{ {{- $post -}} }[{{ .window }}])) >= {{ .readsPerSecond }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-cache
    summary: 'Only {{`{{ $value | humanizePercentage }}`}} of the reads are hits'
    description: >-
      Of the reads that the cache answered in the last {{ .window }} only {{`{{ $value | humanizePercentage }}`}} were hits; at least
      {{ mulf 100 .ratio }} % are expected. Postgres does the rest.
{{- end }}
{{- with $alerts.cacheSlow }}
- alert: RelayCacheSlow
  expr: |-
    histogram_quantile(0.99, sum by ({{ $by }}, job, le) (
      rate(cache_operation_duration_ms_bucket{ {{- $post }},operation="get"}[{{ .window }}]))) > {{ .milliseconds }}
      and sum by ({{ $by }}, job) (rate(cache_operation_duration_ms_count{ {{- $post }},operation="get"}[{{ .window }}])) >= {{ .readsPerSecond }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-cache
    summary: 'Redis takes {{`{{ $value | printf "%.0f" }}`}} ms for a GET'
    description: >-
      One in a hundred GETs of {{`{{ $labels.job }}`}} takes longer than {{`{{ $value | printf "%.0f" }}`}} ms; expected are
      less than {{ .milliseconds }} ms. After {{ $.Values.post.cache.timeoutMs }} ms a read goes to Postgres.
{{- end }}
{{- with $alerts.cacheInvalidationsFailing }}
- alert: RelayCacheInvalidationsFailing
  expr: |-
    sum by ({{ $by }}, job, pod) (increase(cache_invalidations_total{ {{- $post }},result="failed"}[{{ .window }}])) > 0
      or sum by ({{ $by }}, job, pod) (increase(cache_mutations_total{ {{- $post }},outcome=~"pending|unknown"}[{{ .window }}])) > 0
      or sum by ({{ $by }}, job, pod) (cache_pending_invalidations{ {{- $post -}} }) > 0
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-cache
    summary: 'Writes through {{`{{ $labels.pod }}`}} could not invalidate their cache entries'
    description: >-
      {{`{{ $labels.pod }}`}} could not remove cache entries after a write. The pod and the outbox repeat the removal;
      until it succeeds, pods that reach Redis may serve the older state.
{{- end }}
{{- with $alerts.cacheInvalidationsLost }}
- alert: RelayCacheInvalidationsLost
  expr: |-
    sum by ({{ $by }}, job, pod) (increase(cache_invalidations_total{ {{- $post }},result="lost"}[{{ .window }}])) > 0
      or sum by ({{ $by }}, job, pod) (increase(cache_invalidations_lost_total{ {{- $post -}} }[{{ .window }}])) > 0
  labels: { severity: critical }
  annotations:
    dashboard: relay-cache
    summary: '{{`{{ $labels.pod }}`}} dropped invalidations, so cache entries may stay stale'
    description: >-
      {{`{{ $labels.pod }}`}} could not remove cache entries after a change outside of `mutate`, and no process repeats the
      removal. The entries stay until they expire, for up to {{ $.Values.post.cache.ttlSeconds }} s.
{{- end }}
{{- with $alerts.cacheOutboxLagging }}
# The least of the pods: each sees the whole table, and one that cannot read it reports the time since it could.
- alert: RelayCacheOutboxLagging
  expr: min by ({{ $by }}, job) (cache_outbox_lag_seconds{ {{- $post -}} }) > {{ .seconds }}
  for: {{ .for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-cache
    summary: 'Invalidations in the outbox have waited for {{`{{ $value | humanizeDuration }}`}}'
    description: >-
      For {{`{{ $value | humanizeDuration }}`}} no pod of {{`{{ $labels.job }}`}} could apply the oldest row of the outbox, or
      read the outbox at all; expected are less than {{ .seconds }} s. Reads may return the state before those writes, for
      up to {{ $.Values.post.cache.ttlSeconds }} s.
{{- end }}
{{- end }}
