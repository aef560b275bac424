import { describe, expect, it } from 'vitest';

import { refusalOf, valuesWith } from './refusals.ts';

describe('a value that Kubernetes would refuse is refused by the schema, and named:', () => {
  it.each<[string, unknown, string?]>([
    ['redis.existingSecret', 'Their Secret'],
    ['auth.signingKeys.existingSecret', 'keys/current'],
    ['externalPostgres.secrets', { auth: 'relay_auth' }, '/auth'],
    ['externalRedis.secretKeys', { auth: 'a/b' }, '/auth'],
    ['externalRedis.sentinel.secretKey', 'a b'],
    ['caBundle.existingConfigMap', 'CA'],
    ['caBundle.key', 'certs/ca.crt'],
    ['ingress.className', 'my class'],
    ['ingress.tlsSecret', 'TLS'],
    ['ingress.tls', [{ secret: 'relay-tls' }]],
    ['post.priorityClassName', 'High'],
    ['web.serviceAccount.name', 'a_b'],
    ['redis.persistence.storageClass', 'Fast SSD'],
    ['global.storageClass', '--'],
    ['post.image.tag', 'v1 beta'],
    ['auth.env', [{ name: 'WORKERS', value: 4 }], '/0/value'],
    ['post.env', [{ name: 'DEBUG', val: 'yes' }]],
    ['web.envFrom', [{ configMap: { name: 'theirs' } }]],
    ['redis.extraVolumeMounts', [{ name: 'data' }]],
    ['auth.extraContainers', [{ name: 'proxy' }]],
    ['migrations.initContainers', [{ image: 'busybox:1' }]],
    ['postgres.exporter.extraVolumes', [{ name: 'queries' }]],
    ['tolerations', [{ key: 'dedicated', value: true }], '/0/value'],
    ['postgres.tolerations', [{ key: 'dedicated', effect: 'Never' }], '/0/effect'],
    ['auth.affinity', { podAntiaffinity: {} }],
    ['auth.autoscaling.behavior', { scaledown: {} }],
    ['auth.podSecurityContext.seccompProfile', { type: 'Default' }, '/type'],
    ['auth.containerSecurityContext.capabilities', { dropped: ['ALL'] }],
    ['commonLabels', { team: 'Links & co' }, '/team'],
    ['auth.podLabels', { team: 'a'.repeat(64) }, '/team'],
    ['nodeSelector', { pool: 'a b' }, '/pool'],
    ['networkPolicy.ingressFrom', [{ ipBlock: {} }]],
    ['networkPolicy.metricsFrom', [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }]],
    ['networkPolicy.extraIngress', [{ to: [{ podSelector: {} }] }]],
    ['networkPolicy.extraEgress', [{ from: [{ podSelector: {} }] }]],
  ])('%s: %j', async (name, value, below = '') => {
    const place = `at '/${name.replaceAll('.', '/')}${below}`;
    expect(await refusalOf(valuesWith(name, value))).toContain(place);
  });

  it('a label with a key that none can have', async () => {
    expect(await refusalOf({ commonLabels: { 'my team': 'links' } })).toContain("'my team'");
  });
});

describe('a value that Kubernetes accepts is accepted by the schema:', () => {
  it.each<[string, unknown]>([
    ['redis.existingSecret', 'their.secret-1'],
    ['externalRedis.secretKeys', { auth: 'AUTH_password.txt' }],
    ['redis.persistence.storageClass', '-'],
    ['post.image.tag', `v1_2.3@sha256:${'0'.repeat(64)}`],
    ['auth.env', [{ name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]],
    ['auth.envFrom', [{ prefix: 'A_', secretRef: { name: 'theirs', optional: true } }]],
    ['tolerations', [{ operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]],
    ['ingress.tls', [{ secretName: 'relay-tls', hosts: ['*.example.com'] }]],
    ['commonLabels', { 'example.com/Cost_Centre': 'a.B-1', empty: '' }],
    ['networkPolicy.ingressFrom', [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }]],
    ['networkPolicy.extraEgress', [{}]],
  ])('%s: %j', async (name, value) => {
    expect(await refusalOf(valuesWith(name, value))).toBe('none');
  });
});
