import { expect, it } from 'vitest';

import { builtInSchema, customSchema, fileName, type OpenApi } from './manifest-schema.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const thing = { group: 'apps', version: 'v1', kind: 'Thing' };
const openApi: OpenApi = {
  definitions: {
    [META]: { type: 'object', properties: { name: { type: 'string' } } },
    'v1.Thing': {
      type: 'object',
      required: ['spec'],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { $ref: `#/definitions/${META}` },
        spec: { $ref: '#/definitions/v1.Spec' },
        status: { $ref: '#/definitions/v1.Status' },
      },
      'x-kubernetes-group-version-kind': [thing],
    },
    'v1.Spec': { properties: { size: { $ref: '#/definitions/v1.Size' } } },
    'v1.Size': { type: 'integer' },
    'v1.Status': { type: 'object' },
  },
};

it('takes in every definition that a kind needs, and no other', () => {
  const { definitions } = builtInSchema(thing, openApi);
  expect(Object.keys(definitions as object).sort()).toEqual([META, 'v1.Size', 'v1.Spec'].sort());
});

it('fixes kind and version of a manifest, and has no place for a status', () => {
  const { properties, required } = builtInSchema(thing, openApi);
  expect(properties).toMatchObject({ apiVersion: { const: 'apps/v1' }, kind: { const: 'Thing' } });
  expect(properties).not.toHaveProperty('status');
  expect(required).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
});

it('refuses a kind that the source does not have', () => {
  const other = { ...thing, version: 'v2' };
  expect(() => builtInSchema(other, openApi)).toThrow('has no Thing of apps/v2');
});

it("gives a custom resource's metadata the fields that it does not spell out", () => {
  const custom = { group: 'example.com', version: 'v1', kind: 'Monitor' };
  const schema = { properties: { metadata: { type: 'object' }, spec: { type: 'object' } } };
  const versions = [{ name: 'v1', schema: { openAPIV3Schema: schema } }];
  const resource = { spec: { group: custom.group, names: { kind: custom.kind }, versions } };
  const made = customSchema(custom, resource, openApi);
  expect(made.properties?.['metadata']).toEqual({ $ref: `#/definitions/${META}` });
  expect(made['definitions']).toHaveProperty([META, 'additionalProperties'], false);
  const other = { ...custom, version: 'v2' };
  expect(() => customSchema(other, resource, openApi)).toThrow('is not Monitor of example.com/v2');
});

it('names the file as kubeconform looks for it', () => {
  expect(fileName({ group: '', version: 'v1', kind: 'ConfigMap' })).toBe('configmap-v1.json');
  const monitor = { group: 'monitoring.coreos.com', version: 'v1', kind: 'ServiceMonitor' };
  expect(fileName(monitor)).toBe('servicemonitor-monitoring-v1.json');
});
