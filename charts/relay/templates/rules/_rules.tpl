{{- /* What selects the series of some of the release's targets. Takes the root and the components, such as auth|post. */}}
{{- define "relay.rules.of" -}}
{{- $root := index . 0 -}}
{{- $components := index . 1 -}}
{{- $fullname := include "relay.fullname" $root -}}
namespace="{{ $root.Release.Namespace }}",job
{{- if contains "|" $components }}=~"{{ $fullname }}-({{ $components }})"{{ else }}="{{ $fullname }}-{{ $components }}"{{ end }}
{{- end }}

{{- /* Without the alerts that are not wanted; with the labels and links that each one has. Takes the root and rules. */}}
{{- define "relay.rules.completed" -}}
{{- $root := index . 0 -}}
{{- $values := $root.Values.prometheusRule -}}
{{- $variables := printf "var-namespace=%s&var-release=%s" $root.Release.Namespace (include "relay.fullname" $root) -}}
{{- range $rule := index . 1 -}}
{{- if not (has ($rule.alert | default "") $values.disabled) -}}
{{- if $rule.alert -}}
{{- $dashboard := printf "%s/d/%s?%s" $root.Values.grafanaDashboards.url $rule.annotations.dashboard $variables -}}
{{- $annotations := set (omit $rule.annotations "dashboard") "dashboard_url" $dashboard -}}
{{- $annotations = set $annotations "runbook_url" (printf "%s/%s.md" $values.runbookUrl $rule.alert) -}}
{{- $rule = merge (dict "labels" $rule.labels) (dict "labels" $values.alertLabels) (dict "annotations" $annotations) (omit $rule "annotations") -}}
{{- end -}}
{{ list $rule | toYaml }}
{{ end -}}
{{- end -}}
{{- end }}
