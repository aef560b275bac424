import { describe, expect, test } from 'vitest';

import type { ActiveAlert } from '../../tools/kit/alertmanager.ts';
import type { RuleAlert } from '../../tools/kit/prometheus.ts';
import type { Notification } from './fixture/webhook.ts';
import { observationOf } from './observation.ts';

const labels = (alertname: string, namespace = 'relay') => ({ alertname, namespace });

function observe(given: {
  prometheus?: RuleAlert[];
  alertmanager?: ActiveAlert[];
  webhook?: Notification[];
}): Record<string, string[]> {
  const all = { prometheus: [], alertmanager: [], webhook: [], ...given };
  const entries = Object.entries(observationOf(all, 'relay'));
  return Object.fromEntries(entries.map(([name, set]) => [name, [...set]]));
}

describe('an observation', () => {
  test('separates pending from firing alerts', () => {
    const prometheus: RuleAlert[] = [
      { labels: labels('RelayRedisDown'), state: 'firing' },
      { labels: labels('RelayCacheDown'), state: 'pending' },
    ];
    expect(observe({ prometheus })).toMatchObject({
      firing: ['RelayRedisDown'],
      pending: ['RelayCacheDown'],
    });
  });

  test('leaves out alerts of other releases', () => {
    const prometheus: RuleAlert[] = [
      { labels: labels('RelayRedisDown', 'relay-upgrade'), state: 'firing' },
      { labels: labels('KubeNodeNotReady'), state: 'firing' },
    ];
    expect(observe({ prometheus })).toMatchObject({ firing: [] });
  });

  test('has the alerts that Alertmanager inhibits', () => {
    const alertmanager: ActiveAlert[] = [
      { labels: labels('RelayRedisDown'), status: { inhibitedBy: [] } },
      { labels: labels('RelayCacheDown'), status: { inhibitedBy: ['f00'] } },
    ];
    expect(observe({ alertmanager })).toMatchObject({
      active: ['RelayRedisDown', 'RelayCacheDown'],
      inhibited: ['RelayCacheDown'],
    });
  });

  test('calls an alert resolved when each of its name is', () => {
    const name = 'RelayCacheDown';
    const webhook: Notification[] = [
      { name, fingerprint: 'a', status: 'firing' },
      { name, fingerprint: 'b', status: 'firing' },
      { name, fingerprint: 'a', status: 'resolved' },
    ];
    expect(observe({ webhook })).toMatchObject({ notified: [name], resolved: [] });
    webhook.push({ name, fingerprint: 'b', status: 'resolved' });
    expect(observe({ webhook })).toMatchObject({ notified: [name], resolved: [name] });
  });

  test('a notification of the end alone does not count as notified', () => {
    const webhook: Notification[] = [
      { name: 'RelayCacheDown', fingerprint: 'a', status: 'resolved' },
    ];
    expect(observe({ webhook })).toMatchObject({ notified: [], resolved: [] });
  });
});
