{{- /* Takes the root, an SLO (availability or latency) and a window: how many times too fast its budget burns. */}}
{{- define "relay.rules.burnRate" -}}
{{- $root := index . 0 -}}
{{- $slo := index . 1 -}}
{{- $window := index . 2 -}}
{{- $rule := $root.Values.prometheusRule -}}
{{- $services := include "relay.rules.ofServices" $root -}}
{{- $by := include "relay.rules.by" $root -}}
{{- $bad := printf "job:relay_http_bad_requests:rate{%s,slo=%q}" $services $slo -}}
{{- $all := printf "job:relay_http_requests:rate{%s}" $services -}}
{{- /* The recorded rate is over the shortest window already: a mean of it over the same window would cover twice the time. */}}
{{- if ne $window (include "relay.rules.scaled" (list $root $rule.rateWindow)) }}
{{- $bad = printf "sum_over_time(%s[%s])" $bad $window }}
{{- $all = printf "sum_over_time(%s[%s])" $all $window }}
{{- end -}}
{{ $bad }}
  / on ({{ $by }}, job) {{ $all }}
  / (1 - {{ get $rule.slo $slo }})
{{- end }}

{{- /*
Error budgets, and alerts over several windows and burn rates: "Alerting on SLOs", chapter 5 of Google's Site
Reliability Workbook. The long window shows that it matters, the short window that it continues.
*/}}
{{- define "relay.rules.slo" -}}
{{- $root := . }}
{{- $rule := .Values.prometheusRule }}
{{- $services := include "relay.rules.ofServices" . }}
{{- $by := include "relay.rules.by" . }}
{{- $windows := list }}
{{- range $rule.slo.burnRates }}
{{- range list .short .long }}{{ $windows = append $windows (include "relay.rules.scaled" (list $root .)) }}{{ end }}
{{- end }}
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
{{- end }}
