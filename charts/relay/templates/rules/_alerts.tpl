{{- /*
The alerts by group, as YAML, from alerts/<Alert>/rule.yaml: plain YAML; its strings are templates. Takes the root.
A rule.yaml has:
  group, severity, dashboard
  needs         optional: redis-exporter, postgres-exporter or kubernetes
  parameters    optional: numbers, window and for; prometheusRule.alerts overrides them
  threshold     optional: the parameter that panels show as the limit
  forEach       burnRates: one rule for each of prometheusRule.slo.burnRates, with its fields as parameters
  labels, expr, summary, description
*/}}
{{- define "relay.rules.alerts" -}}
{{- $root := . -}}
{{- $values := .Values.prometheusRule -}}
{{- $context := include "relay.rules.context" . | fromYaml -}}
{{- $groups := dict -}}
{{- range $path, $_ := $root.Files.Glob "alerts/*/rule.yaml" -}}
{{- $alert := $path | dir | base -}}
{{- $rule := $root.Files.Get $path | fromYaml -}}
{{- if and (not (has $alert $values.disabled)) (include "relay.rules.isNeeded" (list $root $rule)) -}}
{{- $cases := list dict -}}
{{- if eq (default "" $rule.forEach) "burnRates" }}{{ $cases = $values.slo.burnRates }}{{ end -}}
{{- range $case := $cases -}}
{{- $parameters := include "relay.rules.parameters" (list $root $alert (merge (dict) $case (default dict $rule.parameters))) | fromYaml -}}
{{- $parameters = merge (dict "root" $root "Values" $root.Values) $parameters $context -}}
{{- $rendered := include "relay.rules.alert" (list $alert $rule $parameters) | fromYaml -}}
{{- $_ := set $groups $rule.group (append (get $groups $rule.group | default list) $rendered) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toYaml $groups }}
{{- end }}

{{- /* One alert. Takes its name, its rule.yaml and the parameters of its templates. */}}
{{- define "relay.rules.alert" -}}
{{- $alert := index . 0 -}}
{{- $rule := index . 1 -}}
{{- $parameters := index . 2 -}}
{{- $root := $parameters.root -}}
{{- $values := $root.Values.prometheusRule -}}
{{- $labels := dict "severity" (default $rule.severity $parameters.severity) -}}
{{- if $rule.forEach }}{{ $_ := set $labels "window" $parameters.long }}{{ end -}}
{{- range $name, $value := $rule.labels -}}
{{- with tpl $name $parameters }}{{ $_ := set $labels . (tpl $value $parameters) }}{{ end -}}
{{- end -}}
{{- $annotations := dict "summary" (tpl $rule.summary $parameters) "description" (tpl $rule.description $parameters) -}}
{{- $_ := set $annotations "dashboard_url" (include "relay.rules.dashboard" (list $root $rule.dashboard)) -}}
{{- with include "relay.rules.runbook" (list $root $alert) }}{{ $_ := set $annotations "runbook_url" . }}{{ end -}}
{{- $alerting := dict "alert" $alert "expr" (tpl $rule.expr $parameters | trim) "annotations" $annotations -}}
{{- $_ := set $alerting "labels" (merge $labels ($values.alertLabels | default dict)) -}}
{{- with $parameters.for }}{{ $_ := set $alerting "for" . }}{{ end -}}
{{ toYaml $alerting }}
{{- end }}

{{- /* Where the runbook of an alert is; empty without prometheusRule.runbookUrl. Takes the root and the alert. */}}
{{- define "relay.rules.runbook" -}}
{{- $alert := index . 1 -}}
{{- with (index . 0).Values.prometheusRule.runbookUrl -}}
{{- if contains "{alert}" . }}{{ replace "{alert}" $alert . }}{{ else }}{{ . }}/{{ $alert }}.md{{ end -}}
{{- end -}}
{{- end }}

{{- /* True if the metrics of a rule exist. Takes the root and the rule.yaml. */}}
{{- define "relay.rules.isNeeded" -}}
{{- $root := index . 0 -}}
{{- $needs := (index . 1).needs | default "" -}}
{{- if eq $needs "kubernetes" }}{{ if $root.Values.prometheusRule.kubernetes.enabled }}true{{ end }}
{{- else if $needs }}{{ include "relay.exporterEnabled" (list $root (trimSuffix "-exporter" $needs)) }}
{{- else }}true{{ end -}}
{{- end }}

{{- /* The parameters of an alert with the user's overrides, times scaled. Takes the root, the alert and its parameters. */}}
{{- define "relay.rules.parameters" -}}
{{- $root := index . 0 -}}
{{- $alert := index . 1 -}}
{{- $parameters := index . 2 -}}
{{- $key := trimPrefix "Relay" $alert | untitle -}}
{{- range $name, $value := get $root.Values.prometheusRule.alerts $key | default dict -}}
{{- if not (hasKey $parameters $name) -}}
{{ fail (printf "prometheusRule.alerts.%s.%s: %s has the parameters %s" $key $name $alert (keys $parameters | sortAlpha | join ", ")) }}
{{- end -}}
{{- if ne (kindIs "string" $value) (kindIs "string" (get $parameters $name)) -}}
{{ fail (printf "prometheusRule.alerts.%s.%s: must be %s" $key $name (ternary "a duration, such as 5m" "a number" (kindIs "string" (get $parameters $name)))) }}
{{- end -}}
{{- $_ := set $parameters $name $value -}}
{{- end -}}
{{- range $name := list "for" "window" "long" "short" -}}
{{- with get $parameters $name }}{{ $_ := set $parameters $name (include "relay.rules.scaled" (list $root .)) }}{{ end -}}
{{- end -}}
{{ toYaml $parameters }}
{{- end }}

{{- /* Fails on values for alerts that do not exist, on a window without rates, and on a chart without its folder of alerts. Takes the root. */}}
{{- define "relay.rules.validate" -}}
{{- if not (.Files.Glob "alerts/*/rule.yaml") -}}
{{ fail "this copy of the chart has no alerts: it lacks its folder alerts/. Copy the whole chart, or set prometheusRule.enabled=false" }}
{{- end -}}
{{- if .Values.serviceMonitor.enabled -}}
{{- $interval := .Values.serviceMonitor.interval -}}
{{- $window := .Values.prometheusRule.rateWindow -}}
{{- if lt (include "relay.rules.seconds" $window | float64) (mulf 2 (include "relay.rules.seconds" $interval | float64)) -}}
{{ fail (printf "prometheusRule.rateWindow is %s, and serviceMonitor.interval %s: no rate would have the two samples that it needs" $window $interval) }}
{{- end -}}
{{- end -}}
{{- range .Values.prometheusRule.slo.burnRates -}}
{{- if ge (include "relay.rules.seconds" .short | float64) (include "relay.rules.seconds" .long | float64) -}}
{{ fail (printf "prometheusRule.slo.burnRates: short is %s, and long %s: short must be the shorter window" .short .long) }}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.prometheusRule.alerts -}}
{{- $alert := printf "Relay%s" (title $key) -}}
{{- if not ($.Files.Get (printf "alerts/%s/rule.yaml" $alert)) -}}
{{ fail (printf "prometheusRule.alerts.%s: the chart has no alert %s" $key $alert) }}
{{- end -}}
{{- end -}}
{{- range .Values.prometheusRule.disabled -}}
{{- if not ($.Files.Get (printf "alerts/%s/rule.yaml" .)) -}}
{{ fail (printf "prometheusRule.disabled: the chart has no alert %s" .) }}
{{- end -}}
{{- end -}}
{{- end }}
