import { expect, it } from 'vitest';

import { render } from './helm.ts';
import { workloads } from './manifests.ts';

const constraint = {
  topologyKey: 'kubernetes.io/hostname',
  maxSkew: 1,
  whenUnsatisfiable: 'DoNotSchedule',
};
const theirs = { ...constraint, labelSelector: { matchLabels: { team: 'links' } } };
const everyPod = { ...constraint, labelSelector: {} };

/** The constraints of each component's pod. */
async function constraintsOf(values: object) {
  const pods = workloads(await render({ values }));
  return Object.fromEntries(
    pods.map(({ component, pod }) => [component, pod.topologySpreadConstraints]),
  );
}

it('a constraint without a selector gets that of its own component, each migration Job too', async () => {
  const topologySpreadConstraints = [constraint];
  const found = await constraintsOf({
    auth: { topologySpreadConstraints },
    migrations: { topologySpreadConstraints },
  });
  for (const component of ['auth', 'auth-migrate', 'post-migrate', 'test']) {
    const matchLabels = {
      'app.kubernetes.io/name': 'relay',
      'app.kubernetes.io/instance': 'relay',
      'app.kubernetes.io/component': component,
    };
    expect(found[component]).toEqual([{ ...constraint, labelSelector: { matchLabels } }]);
  }
});

it('a selector of the values is kept as it is, on each migration Job too', async () => {
  const topologySpreadConstraints = [theirs, everyPod];
  const found = await constraintsOf({
    post: { topologySpreadConstraints },
    migrations: { topologySpreadConstraints },
  });
  for (const component of ['post', 'auth-migrate', 'post-migrate', 'test']) {
    expect(found[component]).toEqual([theirs, everyPod]);
  }
});
