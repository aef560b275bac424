{{- /*
Every name begins with this. A longer release name is cut, with a hash of the whole, so that two of them do not share
objects. A release that an earlier version of the chart has cut without a hash keeps its names: its volumes go by them.
*/}}
{{- define "relay.fullname" -}}
{{- $name := .Values.fullnameOverride | default .Release.Name -}}
{{- if gt (len $name) 40 -}}
{{- $short := $name | trunc 40 | trimSuffix "-" -}}
{{- if eq .Values.migrations.managedBy "argocd" -}}
{{ fail (printf "%s has over 40 characters, and Argo CD renders without looking up the names that the release has: set fullnameOverride, to %s for a release that an earlier version of the chart made" $name $short) }}
{{- end -}}
{{- if not (hasKey .Values "cutName") -}}
{{- $deployed := lookup "apps/v1" "Deployment" .Release.Namespace (printf "%s-auth" $short) | default dict -}}
{{- $isOwn := eq (dig "metadata" "annotations" "meta.helm.sh/release-name" "" $deployed) .Release.Name -}}
{{- $hashed := printf "%s-%s" ($name | trunc 31 | trimSuffix "-") ($name | sha256sum | trunc 8) -}}
{{- $_ := set .Values "cutName" (ternary $short $hashed $isOwn) -}}
{{- end -}}
{{- $name = .Values.cutName -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{ fail (printf "no Service can be called %s-auth: give another release name, or fullnameOverride" $name) }}
{{- end -}}
{{ $name }}
{{- end }}

{{- /* The selector of a component's pods. Takes the root and the component's name. */}}
{{- define "relay.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: relay
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- /*
Of pods: without versions, so that a release replaces only the pods that it changes. Takes the root, the component's name and
labels of the values, if there are any; these override commonLabels, and the pods' selector overrides both.
*/}}
{{- define "relay.podLabels" -}}
{{- $root := index . 0 -}}
{{- $own := include "relay.selectorLabels" . | fromYaml -}}
{{- $given := dict -}}
{{- if gt (len .) 2 }}{{ $given = index . 2 | default dict }}{{ end -}}
{{- merge (dict) $own $given ($root.Values.commonLabels | default dict) (dict "app.kubernetes.io/part-of" "relay") | toYaml }}
{{- end }}

{{- /* A version as the value of a label, which has no + and at most 63 characters. */}}
{{- define "relay.labelValue" -}}
{{ . | replace "+" "_" | trunc 63 | trimAll "-_." }}
{{- end }}

{{- /* Of every other object. Takes the same. */}}
{{- define "relay.labels" -}}
{{- $root := index . 0 -}}
{{- $release := dict
  "app.kubernetes.io/version" (include "relay.labelValue" $root.Chart.AppVersion)
  "app.kubernetes.io/managed-by" $root.Release.Service
  "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | include "relay.labelValue")
-}}
{{- merge $release (include "relay.podLabels" . | fromYaml) | toYaml }}
{{- end }}

{{- /* Takes the root and values with repository, tag and digest. global.imageRegistry takes the place of the repository's registry. */}}
{{- define "relay.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $repository := $image.repository -}}
{{- with ($root.Values.global | default dict).imageRegistry -}}
{{- $repository = regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "" | printf "%s/%s" (trimSuffix "/" .) -}}
{{- end -}}
{{ $repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default $root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "relay.signingKeysSecret" -}}
{{ .Values.auth.signingKeys.existingSecret | default (printf "%s-signing-keys" (include "relay.fullname" .)) }}
{{- end }}

{{- /* A word or number of the values as text. Large numbers would be printed as 1e+06. */}}
{{- define "relay.text" -}}
{{ if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end }}
{{- end }}

{{- /* Mebibytes of a quantity such as 256Mi or 1Gi. */}}
{{- define "relay.mebibytes" -}}
{{- if hasSuffix "Gi" . -}}
{{ mulf (trimSuffix "Gi" . | float64) 1024 | int }}
{{- else if hasSuffix "Mi" . -}}
{{ trimSuffix "Mi" . | float64 | int }}
{{- else -}}
{{ fail (printf "resources.limits.memory: %s must end in Mi or Gi" .) }}
{{- end }}
{{- end }}

{{- /* Not empty if Redis or Postgres, bundled or external, has an exporter. Takes the root and which. */}}
{{- define "relay.exporterEnabled" -}}
{{- $values := (index . 0).Values -}}
{{- $bundled := get $values (index . 1) -}}
{{- $external := get $values (printf "external%s" (title (index . 1))) -}}
{{- if (ternary $bundled $external $bundled.enabled).exporter.enabled }}true{{ end }}
{{- end }}
