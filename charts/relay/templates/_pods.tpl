{{- /* Fields shared by the pods of all components. `settings` is the component's part of the values, such as .Values.auth. */}}

{{- /* Metadata of a Deployment, StatefulSet or Job below its name. Takes the root, the component's name and its settings. */}}
{{- define "relay.workloadMetadata" -}}
labels: {{- include "relay.labels" (list (index . 0) (index . 1) (index . 2).labels) | nindent 2 }}
{{- with (index . 2).annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Metadata of a pod. Takes the root, the component's name, its settings and the chart's own annotations. */}}
{{- define "relay.podMetadata" -}}
{{- $settings := index . 2 -}}
labels: {{- include "relay.podLabels" (list (index . 0) (index . 1) $settings.podLabels) | nindent 2 }}
{{- with merge (dict) (index . 3) ($settings.podAnnotations | default dict) }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Everything of a pod's specification but containers and volumes. Takes the root, the component's name and its settings. */}}
{{- define "relay.podSpec" -}}
{{- $root := index . 0 -}}
{{- $settings := index . 2 -}}
serviceAccountName: {{ include "relay.serviceAccountName" . | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with include "relay.securityContext" (list $root $settings.podSecurityContext) }}
securityContext: {{- . | nindent 2 }}
{{- end }}
{{- with include "relay.imagePullSecrets" $root }}
imagePullSecrets: {{- . | nindent 2 }}
{{- end }}
{{- with $settings.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $settings.nodeSelector | default $root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.tolerations | default $root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "relay.topologySpreadConstraints" . }}
topologySpreadConstraints: {{- . | nindent 2 }}
{{- end }}
{{- with $settings.initContainers }}
initContainers: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "relay.serviceAccountName" -}}
{{- $account := (index . 2).serviceAccount -}}
{{- $own := printf "%s-%s" (include "relay.fullname" (index . 0)) (index . 1) -}}
{{ $account.name | default (ternary $own "default" $account.create) }}
{{- end }}

{{- /* Spread over nodes and zones unless the values hold constraints of their own. Those without a selector get the component's. */}}
{{- define "relay.topologySpreadConstraints" -}}
{{- $settings := index . 2 -}}
{{- $selector := dict "matchLabels" (include "relay.selectorLabels" . | fromYaml) -}}
{{- if kindIs "invalid" $settings.topologySpreadConstraints -}}
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- topologyKey: {{ $key }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector: {{- toYaml $selector | nindent 4 }}
  # Else the pods that a rollout replaces would count.
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- else -}}
{{- range $settings.topologySpreadConstraints }}
{{- $constraint := deepCopy . }}
{{- if kindIs "invalid" .labelSelector }}{{ $_ := set $constraint "labelSelector" $selector }}{{ end }}
{{ list $constraint | toYaml }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Those of this chart and of the chart around it, each as a name or as an object with a name. */}}
{{- define "relay.imagePullSecrets" -}}
{{- $names := list -}}
{{- range concat (.Values.imagePullSecrets | default list) ((.Values.global | default dict).imagePullSecrets | default list) -}}
{{- if kindIs "string" . }}{{ $names = append $names . }}{{ else }}{{ $names = append $names .name }}{{ end -}}
{{- end -}}
{{- range uniq $names }}
- name: {{ . | quote }}
{{- end }}
{{- end }}

{{- /*
A security context without nulls, which a chart around this one may leave in place where Helm otherwise removes them with their
default; with global.openshift without users and groups too. Takes the root and the context.
*/}}
{{- define "relay.securityContext" -}}
{{- $context := index . 1 | default dict -}}
{{- if ((index . 0).Values.global | default dict).openshift -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" "fsGroupChangePolicy" -}}
{{- end -}}
{{- $kept := dict -}}
{{- range $key, $value := $context -}}
{{- if not (or (kindIs "invalid" $value) (and (kindIs "map" $value) (empty $value))) }}{{ $_ := set $kept $key $value }}{{ end -}}
{{- end -}}
{{- with $kept }}{{ toYaml . }}{{ end -}}
{{- end }}

{{- /*
The fields of a container that the values alone decide: resources, the security context, envFrom. Takes the root, the settings
and whether the development mode changes files of the image.
*/}}
{{- define "relay.containerFields" -}}
{{- $settings := index . 1 -}}
{{- $context := merge (dict) ($settings.containerSecurityContext | default dict) -}}
{{- if index . 2 }}{{ $_ := set $context "readOnlyRootFilesystem" false }}{{ end -}}
{{- with $settings.envFrom }}
envFrom: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $settings.resources }}
resources: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "relay.securityContext" (list (index $ 0) $context) }}
securityContext: {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- /*
The variables of `env` in the values, each once, of which none may be the chart's own. Takes the part of the values, its `env`, and the
chart's own variables as YAML.
*/}}
{{- define "relay.extraEnvironment" -}}
{{- $where := index . 0 -}}
{{- with index . 1 -}}
{{- $taken := dict -}}
{{- range index $ 2 | fromYamlArray }}{{ $_ := set $taken .name true }}{{ end -}}
{{- $given := dict -}}
{{- range . }}
{{- if hasKey $taken .name }}{{ include "relay.refuseVariable" (list $where .name) }}{{ end }}
{{- if hasKey $given .name }}{{ fail (printf "%s.env: two entries have the name %s" $where .name) }}{{ end }}
{{- $_ := set $given .name true }}
{{- end }}
{{- toYaml . }}
{{- end }}
{{- end }}
