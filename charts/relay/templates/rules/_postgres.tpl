{{- define "relay.rules.postgres" -}}
{{- $services := include "relay.rules.of" (list . "auth|post") }}
{{- $alerts := .Values.prometheusRule.alerts }}
{{- if include "relay.exporterEnabled" (list . "postgres") }}
- alert: RelayPostgresDown
  expr: pg_up{ {{- include "relay.rules.of" (list . "postgres-exporter") -}} } == 0
  for: {{ $alerts.postgresDown.for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-postgres
    summary: Postgres does not answer
    description: >-
      Postgres does not answer its exporter. What is cached is answered; everything else, every write and every login, is a 503.
{{- end }}
{{- with $alerts.postgresPoolExhausted }}
- alert: RelayPostgresPoolExhausted
  expr: |-
    histogram_quantile(0.99, sum by (namespace, job, pod, pool, le) (
      rate(postgres_pool_wait_duration_seconds_bucket{ {{- $services -}} }[{{ .window }}]))) > {{ .waitSeconds }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: '{{`{{ $labels.pod }}`}} waits for connections to Postgres'
    description: >-
      One in a hundred statements of {{`{{ $labels.pod }}`}} waits longer than {{`{{ $value | humanizeDuration }}`}} for a
      connection: its pool is too small for what it does, or statements keep their connections for too long.
{{- end }}
{{- with $alerts.postgresQueriesSlow }}
- alert: RelayPostgresQueriesSlow
  expr: |-
    histogram_quantile(0.99, sum by (namespace, job, query, le) (
      rate(postgres_query_duration_seconds_bucket{ {{- $services -}} }[{{ .window }}]))) > {{ .seconds }}
      and sum by (namespace, job, query) (rate(postgres_query_duration_seconds_count{ {{- $services -}} }[{{ .window }}])) >= {{ .queriesPerSecond }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-postgres
    summary: 'The query {{`{{ $labels.query }}`}} takes {{`{{ $value | humanizeDuration }}`}}'
    description: >-
      One in a hundred runs of {{`{{ $labels.query }}`}} by {{`{{ $labels.job }}`}} takes longer than
      {{`{{ $value | humanizeDuration }}`}}; expected is less than {{ .seconds }} s.
{{- end }}
{{- end }}
