{{- /*
The services by name, as YAML. Takes the root.
  path     of its requests, for the Ingress and the HTTPRoute
  stores   true: it has Postgres, with a migration of its own, and Redis
*/}}
{{- define "relay.services" -}}
auth: { path: /api/auth, stores: true }
post: { path: /api/posts, stores: true }
{{- if .Values.web.enabled }}
web: { path: / }
{{- end }}
{{- end }}

{{- /* The names of the services that have stores, as YAML. Takes the root. */}}
{{- define "relay.servicesWithStores" -}}
{{- range $name, $service := include "relay.services" . | fromYaml }}
{{- if $service.stores }}
- {{ $name }}
{{- end }}
{{- end }}
{{- end }}
