import type { Installation } from './helm.ts';

const collector = {
  tracing: {
    endpoint: 'http://collector.observability:4318',
    existingSecret: 'their-collector',
    sampleRatio: 0.25,
    attributes: { 'deployment.environment.name': 'staging' },
  },
  networkPolicy: {
    tracingTo: [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'observability' } } },
    ],
  },
};

const externalPostgres = {
  postgres: { enabled: false },
  externalPostgres: {
    host: 'postgres.example.com',
    port: 6432,
    existingSecret: 'their-postgres',
    cidrs: ['192.0.2.0/28'],
  },
};

const externalRedis = {
  redis: { enabled: false },
  externalRedis: {
    host: 'redis.example.com',
    port: 6380,
    tls: true,
    cluster: true,
    existingSecret: 'their-redis',
    cidrs: ['192.0.2.16/28'],
  },
};

const autoscaling = { autoscaling: { enabled: true } };
const image = { tag: 'v1', digest: `sha256:${'0123456789abcdef'.repeat(4)}` };

/** Every way to install the chart that its tests go through. */
export const scenarios = {
  'with its defaults': {},
  'on kind': { files: ['values-kind.yaml'] },
  'while developing': { files: ['values-kind.yaml', 'values-dev.yaml'] },
  'while debugging': { files: ['values-kind.yaml', 'values-dev.yaml', 'values-debug.yaml'] },
  'in production': { files: ['values-production.yaml'] },
  'on OpenShift': { files: ['values-openshift.yaml'] },
  'on EKS Auto Mode': { files: ['values-eks-auto.yaml'] },
  'with an HTTPRoute': {
    values: {
      ingress: { enabled: false },
      httpRoute: {
        enabled: true,
        parentRefs: [{ name: 'gateway', namespace: 'gateways' }],
        hostnames: ['relay.example.com'],
      },
    },
  },
  'with TLS at the ingress': {
    values: {
      ingress: {
        className: 'contour',
        host: 'relay.example.com',
        tlsSecret: 'relay-tls',
        annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
      },
    },
  },
  'with autoscaling': { values: { auth: autoscaling, post: autoscaling, web: autoscaling } },
  'without the page': { values: { web: { enabled: false }, serviceMonitor: { enabled: true } } },
  'with an external Postgres': { values: externalPostgres },
  'with an external Redis': { values: externalRedis },
  'with an external Redis that has no password': {
    values: { redis: { enabled: false }, externalRedis: { host: 'redis.example.com' } },
  },
  'with nothing bundled': { values: { ...externalPostgres, ...externalRedis } },
  'with exporters of external stores': {
    values: {
      ...externalPostgres,
      ...externalRedis,
      externalPostgres: {
        ...externalPostgres.externalPostgres,
        parameters: 'sslmode=verify-full',
        exporter: { enabled: true, host: 'primary.example.com' },
      },
      externalRedis: { ...externalRedis.externalRedis, exporter: { enabled: true } },
      serviceMonitor: { enabled: true },
    },
  },
  'with Secrets of its own': {
    values: {
      auth: { signingKeys: { existingSecret: 'their-keys' } },
      postgres: { existingSecret: 'their-postgres' },
      redis: { existingSecret: 'their-redis' },
    },
  },
  'under another name': {
    release: 'links',
    namespace: 'shop',
    values: { serviceMonitor: { enabled: true } },
  },
  'with its full name given': { values: { fullnameOverride: 'links' } },
  'without exporters': {
    values: {
      serviceMonitor: { enabled: true },
      redis: { exporter: { enabled: false } },
      postgres: { exporter: { enabled: false } },
    },
  },
  'with dashboards': { values: { grafanaDashboards: { enabled: true } } },
  'with rules': {
    values: {
      serviceMonitor: { enabled: true },
      prometheusRule: {
        enabled: true,
        kubernetes: { enabled: true },
        runbookUrl: 'https://runbooks.example.com',
      },
    },
  },
  'without network policies': { values: { networkPolicy: { enabled: false } } },
  'with tracing': { values: collector },
  'with every list and map filled': {
    values: {
      ...collector,
      commonLabels: { team: 'links' },
      imagePullSecrets: ['registry'],
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      corsOrigins: ['https://a.example', 'https://b.example'],
      caBundle: { existingConfigMap: 'their-ca' },
      auth: {
        image,
        env: [{ name: 'OTEL_BSP_SCHEDULE_DELAY', value: '1000' }],
        podAnnotations: { reviewed: 'yes' },
        serviceAnnotations: { 'cloud.google.com/backend-config': '{"default": "auth"}' },
      },
      post: {
        image,
        args: ['--watch', 'src/main.ts'],
        podAnnotations: { reviewed: 'yes' },
        serviceAnnotations: { 'cloud.google.com/backend-config': '{"default": "post"}' },
      },
      web: {
        image,
        args: ['--watch', 'src/main.ts'],
        podAnnotations: { reviewed: 'yes' },
        serviceAnnotations: { 'cloud.google.com/backend-config': '{"default": "web"}' },
      },
      redis: { image, persistence: { storageClass: 'fast' } },
      postgres: { image, persistence: { storageClass: 'fast' } },
      serviceMonitor: { enabled: true, labels: { release: 'kube-prometheus-stack' } },
      prometheusRule: {
        enabled: true,
        labels: { release: 'kube-prometheus-stack' },
        alertLabels: { team: 'links' },
        disabled: ['RelayCacheHitRateLow'],
      },
      grafanaDashboards: {
        enabled: true,
        labels: { grafana_dashboard: 'links', team: 'links' },
        folder: 'Links',
        url: 'https://grafana.example.com',
      },
    },
  },
} satisfies Record<string, Installation>;

/** The services of an installation, in the order in which the chart renders them. */
export function servicesOf({ values = {} }: Installation): string[] {
  const { web } = values as { web?: { enabled?: boolean } };
  return web?.enabled === false ? ['auth', 'post'] : ['auth', 'post', 'web'];
}

/** As `it.each` takes them. */
export const everyScenario: [string, Installation][] = Object.entries(scenarios);
