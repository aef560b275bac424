{{- define "relay.rules.postgres" -}}
{{- $by := include "relay.rules.by" . }}
{{- $services := include "relay.rules.of" (list . "auth|post") }}
{{- $alerts := .Values.prometheusRule.alerts }}
{{- if include "relay.exporterEnabled" (list . "postgres") }}
{{- $exporter := include "relay.rules.of" (list . "postgres-exporter") }}
{{- $databases := printf `%s,datname!~"template.*"` $exporter }}
- alert: RelayPostgresDown
  expr: pg_up{ {{- include "relay.rules.of" (list . "postgres-exporter") -}} } == 0
  for: {{ $alerts.postgresDown.for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-postgres
    summary: Postgres does not answer
    description: >-
      Postgres does not answer its exporter. What is cached is answered; everything else, every write and every login, is a 503.
{{- with $alerts.postgresConnectionsHigh }}
- alert: RelayPostgresConnectionsHigh
  expr: |-
    sum by ({{ $by }}, job) (pg_stat_activity_count{ {{- $exporter -}} })
      / max by ({{ $by }}, job) (pg_settings_max_connections{ {{- $exporter -}} }) > {{ .ratio }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-postgres
    summary: 'Postgres has {{`{{ $value | humanizePercentage }}`}} of its connections in use'
    description: >-
      {{`{{ $value | humanizePercentage }}`}} of max_connections are taken. At 100 % Postgres refuses new connections: pods that
      start do not become ready, and pools cannot grow.
{{- end }}
{{- with $alerts.postgresDeadlocks }}
- alert: RelayPostgresDeadlocks
  expr: round(sum by ({{ $by }}, job, datname) (increase(pg_stat_database_deadlocks{ {{- $databases -}} }[{{ .window }}]))) >= {{ .deadlocks }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-postgres
    summary: 'Deadlocks in the database {{`{{ $labels.datname }}`}}: {{`{{ $value }}`}} in {{ .window }}'
    description: >-
      Postgres ended {{`{{ $value }}`}} transactions of {{`{{ $labels.datname }}`}} within {{ .window }}, as each waited for
      another. Their requests failed.
{{- end }}
{{- with $alerts.postgresTransactionLong }}
# Without a user it is a process of Postgres itself, such as autovacuum.
- alert: RelayPostgresTransactionLong
  expr: max by ({{ $by }}, job, datname, usename) (pg_stat_activity_max_tx_duration{ {{- $databases }},usename!=""}) > {{ .seconds }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-postgres
    summary: 'A transaction of {{`{{ $labels.usename }}`}} has been open for {{`{{ $value | humanizeDuration }}`}}'
    description: >-
      A transaction of {{`{{ $labels.usename }}`}} in {{`{{ $labels.datname }}`}} has been open for
      {{`{{ $value | humanizeDuration }}`}}. It keeps its locks, and vacuum cannot remove rows that died since it began.
{{- end }}
{{- with $alerts.postgresWraparound }}
# The exporter calls these seconds: they are transactions.
- alert: RelayPostgresWraparound
  expr: |-
    max by ({{ $by }}, job, datname) (pg_database_wraparound_age_datfrozenxid_seconds{ {{- $exporter -}} }) > {{ int64 .transactions }}
      or max by ({{ $by }}, job, datname) (pg_database_wraparound_age_datminmxid_seconds{ {{- $exporter -}} }) > {{ int64 .transactions }}
  for: {{ .for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-postgres
    summary: 'The database {{`{{ $labels.datname }}`}} runs out of transaction ids'
    description: >-
      The oldest transaction id of {{`{{ $labels.datname }}`}} is {{`{{ $value | humanize }}`}} transactions old. At 2.1 G Postgres
      refuses all writes. Vacuum should have frozen it at 200 M.
{{- end }}
# Of Redis' exporter this is redis_up, and so RelayRedisDown.
- alert: RelayExporterFailing
  expr: |-
    min by ({{ $by }}, job, collector) (pg_scrape_collector_success{ {{- $exporter -}} }) == 0
      and on ({{ $by }}, job) pg_up{ {{- $exporter -}} } == 1
  for: {{ $alerts.exporterFailing.for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-postgres
    summary: 'The exporter of Postgres cannot read {{`{{ $labels.collector }}`}}'
    description: >-
      Postgres answers {{`{{ $labels.job }}`}}, but not its queries for {{`{{ $labels.collector }}`}}. Alerts and panels on these
      figures are blind.
{{- end }}
{{- with $alerts.postgresUnreachable }}
{{- $allOpen := printf "max by (%s, job) (postgres_breaker_state{%s,state=\"closed\"}) == 0" $by $services }}
# What the services see, and so the only one of an external Postgres without an exporter. Its label `scope` tells one pod from
# all pods of a service, whose other alerts it then inhibits.
- alert: RelayPostgresUnreachable
  expr: |-
    label_replace(({{ include "relay.rules.noConnection" (list $by $services .) | trim | nindent 6 }}
    ) and on ({{ $by }}, job) ({{ $allOpen }}), "scope", "service", "", "")
      or label_replace(({{ include "relay.rules.noConnection" (list $by $services .) | trim | nindent 6 }}
    ) unless on ({{ $by }}, job) ({{ $allOpen }}), "scope", "pod", "", "")
  for: {{ .for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-services
    summary: '{{`{{ $labels.pod }}`}} gets no connection to Postgres'
    description: >-
      {{`{{ $labels.pod }}`}} gets no connection to Postgres: its circuit breaker is open, or its pool fails to give one. What is
      cached is answered; everything else is a 503.
{{- end }}
{{- with $alerts.postgresPoolExhausted }}
- alert: RelayPostgresPoolExhausted
  expr: |-
    histogram_quantile(0.99, sum by ({{ $by }}, job, pod, pool, le) (
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
    histogram_quantile(0.99, sum by ({{ $by }}, job, query, le) (
      rate(postgres_query_duration_seconds_bucket{ {{- $services -}} }[{{ .window }}]))) > {{ .seconds }}
      and sum by ({{ $by }}, job, query) (rate(postgres_query_duration_seconds_count{ {{- $services -}} }[{{ .window }}])) >= {{ .queriesPerSecond }}
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

{{- /*
The pods that get no connection: the breaker is not closed, or the pool failed to give one in each of several windows in a row,
as a single failure is no outage. Takes the labels to group by, the selector and the alert's values.
*/}}
{{- define "relay.rules.noConnection" -}}
{{- $by := index . 0 -}}
{{- $services := index . 1 -}}
{{- $alert := index . 2 -}}
{{- $length := regexFind "^[0-9]+" $alert.window | int -}}
{{- $unit := regexFind "[a-z]+$" $alert.window -}}
max by ({{ $by }}, job, pod) (postgres_breaker_state{ {{- $services }},state=~"open|half-open"} == 1)
  or (
    {{- range $index := until (int $alert.windows) }}
    {{- if $index }}
    and
    {{- end }}
    sum by ({{ $by }}, job, pod) (increase(postgres_pool_acquire_failures_total{ {{- $services -}} }[{{ $alert.window }}]{{ if $index }} offset {{ mul $length $index }}{{ $unit }}{{ end }})) > 0
    {{- end }}
  )
{{- end }}
