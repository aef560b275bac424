{{- /* Takes the root, an SLO (availability or latency) and a window: how many times too fast its budget burns. */}}
{{- define "relay.rules.burnRate" -}}
{{- $root := index . 0 -}}
{{- $slo := index . 1 -}}
{{- $window := index . 2 -}}
{{- $rule := $root.Values.prometheusRule -}}
{{- $services := include "relay.rules.of" (list $root "auth|post") -}}
{{- $by := include "relay.rules.by" $root -}}
{{- $bad := printf "job:relay_http_bad_requests:rate{%s,slo=%q}" $services $slo -}}
{{- $all := printf "job:relay_http_requests:rate{%s}" $services -}}
{{- /* What is recorded is a rate over the shortest window already: a mean of it over the same would be of twice as long. */}}
{{- if ne $window $rule.rateWindow }}
{{- $bad = printf "sum_over_time(%s[%s])" $bad $window }}
{{- $all = printf "sum_over_time(%s[%s])" $all $window }}
{{- end -}}
{{ $bad }}
  / on ({{ $by }}, job) {{ $all }}
  / (1 - {{ get $rule.slo $slo }})
{{- end }}

{{- /*
Error budgets, and alerts over several windows and burn rates: "Alerting on SLOs", chapter 5 of Google's Site
Reliability Workbook. The long window says that it matters, the short one that it still goes on.
*/}}
{{- define "relay.rules.slo" -}}
{{- $root := . }}
{{- $rule := .Values.prometheusRule }}
{{- $services := include "relay.rules.of" (list . "auth|post") }}
{{- $by := include "relay.rules.by" . }}
{{- $windows := list }}
{{- range $rule.slo.burnRates }}{{ $windows = append (append $windows .short) .long }}{{ end }}
{{- range $slo := list "availability" "latency" }}
{{- range $window := uniq $windows }}
- record: job:relay_slo_burn_rate:ratio
  expr: |- {{- include "relay.rules.burnRate" (list $root $slo $window) | nindent 4 }}
  labels: { slo: {{ $slo }}, window: {{ $window }} }
{{- end }}
- record: job:relay_slo_budget_remaining:ratio
  expr: |-
    1 - (
      {{- include "relay.rules.burnRate" (list $root $slo $rule.slo.period) | nindent 6 }}
    )
  labels: { slo: {{ $slo }} }
{{- end }}
{{- range $burn := $rule.slo.burnRates }}
{{- range $slo, $alert := dict "availability" "RelayErrorBudgetBurn" "latency" "RelayLatencyBudgetBurn" }}
- alert: {{ $alert }}
  expr: |-
    job:relay_slo_burn_rate:ratio{ {{- $services }},slo="{{ $slo }}",window="{{ $burn.long }}"} > {{ $burn.factor }}
      and on ({{ $by }}, job) job:relay_slo_burn_rate:ratio{ {{- $services }},slo="{{ $slo }}",window="{{ $burn.short }}"} > {{ $burn.factor }}
      and on ({{ $by }}, job) avg_over_time(job:relay_http_requests:rate{ {{- $services -}} }[{{ $burn.long }}]) >= {{ $rule.slo.requestsPerSecond }}
  for: {{ $burn.for }}
  labels: { severity: {{ $burn.severity }}, window: {{ $burn.long }} }
  annotations:
    dashboard: relay-overview
    {{- if eq $slo "availability" }}
    summary: '{{`{{ $labels.job }}`}} answers too many requests with a 5xx'
    {{- else }}
    summary: '{{`{{ $labels.job }}`}} answers too many requests too slowly'
    {{- end }}
    description: >-
      Over the last {{ $burn.long }} {{`{{ $labels.job }}`}} has used its budget of {{ $rule.slo.period }}
      {{`{{ $value | printf "%.1f" }}`}} times too fast, and still does.
      {{- if eq $slo "availability" }}
      The objective is {{ mulf 100 $rule.slo.availability }} % of requests without a 5xx.
      {{- else }}
      The objective is {{ mulf 100 $rule.slo.latency }} % of requests within {{ $rule.slo.latencySeconds }} s.
      {{- end }}
{{- end }}
{{- end }}
{{- end }}
