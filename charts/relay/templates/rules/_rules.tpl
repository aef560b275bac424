{{- /* The labels that distinguish releases, as rules group and join by them. */}}
{{- define "relay.rules.by" -}}
{{- with .Values.prometheusRule.clusterLabel }}{{ . }}, {{ end }}namespace
{{- end }}

{{- /* Selects the namespace of the release, in its own cluster if that has a name. */}}
{{- define "relay.rules.here" -}}
{{- $rule := .Values.prometheusRule -}}
{{- if and $rule.clusterName (not $rule.clusterLabel) -}}
{{ fail "prometheusRule.clusterName needs prometheusRule.clusterLabel: the label that has this name" }}
{{- end -}}
{{- with $rule.clusterName }}{{ $rule.clusterLabel }}="{{ . }}",{{ end }}namespace="{{ .Release.Namespace }}"
{{- end }}

{{- /* The selector of the series of some of the release's targets. Takes the root and the components, such as auth|post. */}}
{{- define "relay.rules.of" -}}
{{- $root := index . 0 -}}
{{- $components := index . 1 -}}
{{- $fullname := include "relay.fullname" $root -}}
{{ include "relay.rules.here" $root }},job
{{- if contains "|" $components }}=~"{{ $fullname }}-({{ $components }})"{{ else }}="{{ $fullname }}-{{ $components }}"{{ end }}
{{- end }}

{{- /* The same of all services. Takes the root. */}}
{{- define "relay.rules.ofServices" -}}
{{ include "relay.rules.of" (list . (include "relay.services" . | fromYaml | keys | sortAlpha | join "|")) }}
{{- end }}

{{- /*
True while a component has no target at all. Takes the root and the component. Empty without ServiceMonitors: nothing of
the chart makes targets then, and their absence is no fault. Where several clusters share a Prometheus, absent() finds
only targets missing in all of them: a cluster that had a target within a day is expected to have one.
*/}}
{{- define "relay.rules.orAbsent" -}}
{{- $root := index . 0 -}}
{{- $rule := $root.Values.prometheusRule -}}
{{- $of := include "relay.rules.of" . -}}
{{- if $root.Values.serviceMonitor.enabled }}
or absent(up{ {{- $of -}} })
{{- if and $rule.clusterLabel (not $rule.clusterName) }}
{{- $by := include "relay.rules.by" $root }}
or (group by ({{ $by }}, job) (last_over_time(up{ {{- $of -}} }[1d])) unless group by ({{ $by }}, job) (up{ {{- $of -}} }))
{{- end }}
{{- end }}
{{- end }}

{{- /*
The dashboard that an alert links to: that of its subject, or that of the services where the exporter that feeds
the first is missing. Takes the root and the first one's uid.
*/}}
{{- define "relay.rules.dashboard" -}}
{{- $root := index . 0 -}}
{{- $uid := index . 1 -}}
{{- $store := trimPrefix "relay-" $uid -}}
{{- $isFed := or (not (has $store (list "redis" "postgres"))) (include "relay.exporterEnabled" (list $root $store)) -}}
{{- $variables := printf "var-namespace=%s&var-release=%s" $root.Release.Namespace (include "relay.fullname" $root) -}}
{{- with $root.Values.prometheusRule.clusterName }}{{ $variables = printf "var-cluster=%s&%s" . $variables }}{{ end -}}
{{ $root.Values.grafanaDashboards.url }}/d/{{ ternary $uid "relay-services" (not (empty $isFed)) }}?{{ $variables }}
{{- end }}

{{- /* A duration times prometheusRule.timeScale, in whole seconds; as it is at 1. Takes the root and the duration. */}}
{{- define "relay.rules.scaled" -}}
{{- $scale := (index . 0).Values.prometheusRule.timeScale | float64 -}}
{{- $duration := index . 1 -}}
{{- if eq $scale 1.0 -}}
{{ $duration }}
{{- else -}}
{{ mulf (include "relay.rules.seconds" $duration | float64) $scale | ceil | int }}s
{{- end -}}
{{- end }}

{{- /* A duration in seconds. */}}
{{- define "relay.rules.seconds" -}}
{{- $unit := get (dict "ms" 0.001 "s" 1 "m" 60 "h" 3600 "d" 86400) (regexFind "[a-z]+$" .) -}}
{{ mulf (regexFind "^[0-9]+" . | float64) $unit }}
{{- end }}

{{- /*
The pods without a connection to Postgres: the breaker is not closed, or the pool failed to give a connection in each of several
windows in a row, since a single failure is no outage. Takes the parameters of the alert.
*/}}
{{- define "relay.rules.noConnection" -}}
{{- $length := regexFind "^[0-9]+" .window | int -}}
{{- $unit := regexFind "[a-z]+$" .window -}}
max by ({{ .by }}, job, pod) (postgres_breaker_state{ {{- .services }},state=~"open|half-open"} == 1)
  or (
    {{- range $index := until (int .windows) }}
    {{- if $index }}
    and
    {{- end }}
    sum by ({{ $.by }}, job, pod) (increase(postgres_pool_acquire_failures_total{ {{- $.services -}} }[{{ $.window }}]{{ if $index }} offset {{ mul $length $index }}{{ $unit }}{{ end }})) > 0
    {{- end }}
  )
{{- end }}
