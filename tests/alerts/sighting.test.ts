import { describe, expect, test } from 'vitest';

import { sightingOf, type HeldAlert, type RuleAlert } from './sighting.ts';
import type { Told } from './stage/webhook.ts';

const labels = (alertname: string, namespace = 'relay') => ({ alertname, namespace });

function sight(said: {
  prometheus?: RuleAlert[];
  alertmanager?: HeldAlert[];
  webhook?: Told[];
}): Record<string, string[]> {
  const all = { prometheus: [], alertmanager: [], webhook: [], ...said };
  const entries = Object.entries(sightingOf(all, 'relay'));
  return Object.fromEntries(entries.map(([name, set]) => [name, [...set]]));
}

describe('a sighting', () => {
  test('tells what pends from what fires', () => {
    const prometheus: RuleAlert[] = [
      { labels: labels('RelayRedisDown'), state: 'firing' },
      { labels: labels('RelayCacheDown'), state: 'pending' },
    ];
    expect(sight({ prometheus })).toMatchObject({
      firing: ['RelayRedisDown'],
      pending: ['RelayCacheDown'],
    });
  });

  test('leaves out who is not of the release', () => {
    const prometheus: RuleAlert[] = [
      { labels: labels('RelayRedisDown', 'relay-upgrade'), state: 'firing' },
      { labels: labels('KubeNodeNotReady'), state: 'firing' },
    ];
    expect(sight({ prometheus })).toMatchObject({ firing: [] });
  });

  test('knows what Alertmanager keeps back', () => {
    const alertmanager: HeldAlert[] = [
      { labels: labels('RelayRedisDown'), status: { inhibitedBy: [] } },
      { labels: labels('RelayCacheDown'), status: { inhibitedBy: ['f00'] } },
    ];
    expect(sight({ alertmanager })).toMatchObject({
      held: ['RelayRedisDown', 'RelayCacheDown'],
      inhibited: ['RelayCacheDown'],
    });
  });

  test('calls an alert resolved when each of its name is', () => {
    const name = 'RelayCacheDown';
    const webhook: Told[] = [
      { name, fingerprint: 'a', status: 'firing' },
      { name, fingerprint: 'b', status: 'firing' },
      { name, fingerprint: 'a', status: 'resolved' },
    ];
    expect(sight({ webhook })).toMatchObject({ notified: [name], resolved: [] });
    webhook.push({ name, fingerprint: 'b', status: 'resolved' });
    expect(sight({ webhook })).toMatchObject({ notified: [name], resolved: [name] });
  });

  test('does not take for notified what it was only told the end of', () => {
    const webhook: Told[] = [{ name: 'RelayCacheDown', fingerprint: 'a', status: 'resolved' }];
    expect(sight({ webhook })).toMatchObject({ notified: [], resolved: [] });
  });
});
