import { describe, expect, test } from 'vitest';

import { createPlatform } from './platform.ts';
import { failure, fakeRun } from './testing/fake-run.ts';

const CONTEXT = { context: 'kind-relay' };
const CRD = 'customresourcedefinition.apiextensions.k8s.io/servicemonitors.monitoring.coreos.com';

describe('an ingress controller', () => {
  test('is Contour, which has no IngressClass', async () => {
    const { run } = fakeRun([[/get deployment\/contour/, 'deployment.apps/contour']]);
    const found = await createPlatform(run, CONTEXT).findIngressController();
    expect(found).toEqual({ name: 'deployment.apps/contour', isContour: true });
  });

  test('is any that has one', async () => {
    const { run } = fakeRun([
      [/get ingressclasses/, 'ingressclass.networking.k8s.io/nginx\ningressclass…/other'],
    ]);
    const found = await createPlatform(run, CONTEXT).findIngressController();
    expect(found).toEqual({
      name: 'ingressclass.networking.k8s.io/nginx',
      isContour: false,
    });
  });

  test('may be missing', async () => {
    const { run } = fakeRun();
    expect(await createPlatform(run, CONTEXT).findIngressController()).toBeUndefined();
  });
});

describe('the Prometheus Operator', () => {
  test('is there when its resources are, whoever installed it', async () => {
    const { run } = fakeRun([
      [/get customresourcedefinition/, CRD],
      [/helm status/, failure('Error: release: not found')],
    ]);
    expect(await createPlatform(run, CONTEXT).findPrometheusOperator()).toBe(CRD);
  });

  test('is not there when an installation of ours ended half-way', async () => {
    const { run } = fakeRun([
      [/get customresourcedefinition/, CRD],
      [/helm status/, '{"info":{"status":"failed"}}'],
    ]);
    expect(await createPlatform(run, CONTEXT).findPrometheusOperator()).toBeUndefined();
  });

  test('is not looked for in Helm when its resources are missing', async () => {
    const { run, commands } = fakeRun();
    expect(await createPlatform(run, CONTEXT).findPrometheusOperator()).toBeUndefined();
    expect(commands.join('\n')).not.toContain('helm');
  });
});
