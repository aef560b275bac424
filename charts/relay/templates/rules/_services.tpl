{{- define "relay.rules.services" -}}
{{- $by := include "relay.rules.by" . }}
{{- $services := include "relay.rules.of" (list . "auth|post") }}
{{- $auth := include "relay.rules.of" (list . "auth") }}
{{- $fullname := include "relay.fullname" . }}
{{- $alerts := .Values.prometheusRule.alerts }}
{{- $exporters := list }}
{{- range list "redis" "postgres" }}
{{- if include "relay.exporterEnabled" (list $ .) }}{{ $exporters = append $exporters (printf "%s-exporter" .) }}{{ end }}
{{- end }}
# Always fires: an alert about its absence, at who gets the alerts, tells that the way there is broken.
- alert: RelayWatchdog
  expr: vector(1)
  labels: { severity: none, namespace: {{ .Release.Namespace | quote }} {{- with .Values.prometheusRule.clusterName }}, {{ $.Values.prometheusRule.clusterLabel }}: {{ . | quote }}{{ end }} }
  annotations:
    dashboard: relay-overview
    summary: Relay's alerts arrive
    description: This alert always fires. If it is missing, so may be others.
# A pod that does not say whether it is ready, for it cannot be scraped or is of an older version, counts as its target does.
- alert: RelayServiceDown
  expr: |-
    sum by ({{ $by }}, job) (relay_ready{ {{- $services -}} } or on ({{ $by }}, job, pod) up{ {{- $services -}} }) == 0
    {{- range list "auth" "post" }}
    {{- with include "relay.rules.orAbsent" (list $ .) | trim }}
    {{- . | nindent 6 }}
    {{- end }}
    {{- end }}
  for: {{ $alerts.serviceDown.for }}
  labels: { severity: critical }
  annotations:
    dashboard: relay-services
    summary: 'No pod of {{`{{ $labels.job }}`}} is ready'
    description: >-
      There is no pod of {{`{{ $labels.job }}`}}, or all are down or wait for Postgres. What only that service answers, nobody
      answers.
- alert: RelayTargetMissing
  expr: |-
    up{ {{- include "relay.rules.of" (list . (concat (list "auth" "post") $exporters | join "|")) -}} } == 0
    {{- range $exporters }}
    {{- with include "relay.rules.orAbsent" (list $ .) | trim }}
    {{- . | nindent 6 }}
    {{- end }}
    {{- end }}
  for: {{ $alerts.targetMissing.for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: 'Prometheus gets nothing from {{`{{ or $labels.pod $labels.job }}`}}'
    description: >-
      {{`{{ or $labels.pod $labels.job }}`}} cannot be scraped, or is not there. Alerts on what it measures are blind.
{{- with $alerts.eventLoopLagging }}
- alert: RelayEventLoopLagging
  expr: max by ({{ $by }}, job, pod) (nodejs_eventloop_lag_p99_seconds{ {{- $services -}} }) > {{ .seconds }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: 'The event loop of {{`{{ $labels.pod }}`}} lags {{`{{ $value | humanizeDuration }}`}}'
    description: >-
      In one of a hundred ticks the event loop of {{`{{ $labels.pod }}`}} is {{`{{ $value | humanizeDuration }}`}} late. Every
      request of that pod waits for it: it has too little CPU, or something computes for too long.
{{- end }}
{{- with $alerts.restarting }}
- alert: RelayRestarting
  expr: |-
    changes(process_start_time_seconds{ {{- include "relay.rules.of" (list $ (concat (list "auth" "post") $exporters | join "|")) -}} }[{{ .window }}]) >= {{ .restarts }}
    {{- if has "redis-exporter" $exporters }}
      or resets(redis_uptime_in_seconds{ {{- include "relay.rules.of" (list $ "redis-exporter") -}} }[{{ .window }}]) >= {{ .restarts }}
    {{- end }}
    {{- if has "postgres-exporter" $exporters }}
      or changes(pg_postmaster_start_time_seconds{ {{- include "relay.rules.of" (list $ "postgres-exporter") -}} }[{{ .window }}]) >= {{ .restarts }}
    {{- end }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: '{{`{{ $labels.pod }}`}} keeps restarting, or what it watches'
    description: >-
      {{`{{ $labels.pod }}`}}, or for an exporter the store that it watches, has started again {{`{{ $value }}`}} times within
      {{ .window }}.
{{- end }}
{{- with $alerts.loginFailuresHigh }}
- alert: RelayLoginFailuresHigh
  expr: |-
    sum by ({{ $by }}, job) (rate(auth_logins_total{ {{- $auth }},result=~"wrong|limited"}[{{ .window }}])) > {{ .failuresPerSecond }}
      and sum by ({{ $by }}, job) (rate(auth_logins_total{ {{- $auth }},result=~"wrong|limited"}[{{ .window }}]))
        / sum by ({{ $by }}, job) (rate(auth_logins_total{ {{- $auth -}} }[{{ .window }}])) > {{ .ratio }}
  for: {{ .for }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: '{{`{{ $value | humanize }}`}} logins a second fail'
    description: >-
      {{`{{ $value | humanize }}`}} logins a second are wrong or over a limit, and that is most of them: somebody tries passwords, or
      a client has a wrong one.
{{- end }}
{{- with $alerts.refreshTokensReused }}
- alert: RelayRefreshTokensReused
  expr: round(sum by ({{ $by }}, job) (increase(auth_refresh_token_reuses_total{ {{- $auth -}} }[{{ .window }}]))) >= {{ .reuses }}
  labels: { severity: warning }
  annotations:
    dashboard: relay-services
    summary: 'Refresh tokens come a second time: {{`{{ $value }}`}} in {{ .window }}'
    description: >-
      {{`{{ $value }}`}} refresh tokens came a second time within {{ .window }}. Their sessions are revoked. They were stolen, or a
      client sends one twice.
{{- end }}
{{- end }}
