import { describe, expect, test } from 'vitest';

import { failure, fakeRun } from '../kit/testing/fake-run.ts';
import { createPlatform } from './platform.ts';

const CONTEXT = { context: 'kind-relay' };
const CRD = 'customresourcedefinition.apiextensions.k8s.io/servicemonitors.monitoring.coreos.com';

describe('an ingress controller', () => {
  test('is Contour, which has no IngressClass', async () => {
    const { run } = fakeRun([[/get deployment\/contour/, 'deployment.apps/contour']]);
    const found = await createPlatform(run, CONTEXT).findIngressController();
    expect(found).toEqual({ name: 'deployment.apps/contour', isContour: true });
  });

  test('is the first IngressClass without Contour', async () => {
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
  test('is found by its resources, however it was installed', async () => {
    const { run } = fakeRun([
      [/get customresourcedefinition/, CRD],
      [/helm status/, failure('Error: release: not found')],
    ]);
    expect(await createPlatform(run, CONTEXT).findPrometheusOperator()).toBe(CRD);
  });

  test('counts as missing after an installation of ours that failed', async () => {
    const { run } = fakeRun([
      [/get customresourcedefinition/, CRD],
      [/helm status/, '{"info":{"status":"failed"}}'],
    ]);
    expect(await createPlatform(run, CONTEXT).findPrometheusOperator()).toBeUndefined();
  });

  test('is not looked up in Helm without its resources', async () => {
    const { run, commands } = fakeRun();
    expect(await createPlatform(run, CONTEXT).findPrometheusOperator()).toBeUndefined();
    expect(commands.join('\n')).not.toContain('helm');
  });
});
