import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { withWebhook } from './routing.ts';

const FOUND = `
global: { resolve_timeout: 5m }
route:
  receiver: pager
  routes: [{ receiver: "null", matchers: ['alertname="RelayWatchdog"'] }]
receivers: [{ name: pager }, { name: "null" }]
inhibit_rules: [{ source_matchers: ['alertname="RelayRedisDown"'] }]
`;
const URL = 'http://192.0.2.1:8080/';

test('Relay’s alerts go to the webhook first, and on to whom they went before', () => {
  const { route, receivers } = parse(withWebhook(FOUND, URL));
  const [ours, ...others] = route.routes;
  expect(ours).toMatchObject({ receiver: `relay-drill ${URL}`, continue: true });
  expect(others).toEqual(parse(FOUND).route.routes);
  expect(route.receiver).toBe('pager');
  expect(receivers.map(({ name }: { name: string }) => name)).toEqual([
    'pager',
    'null',
    `relay-drill ${URL}`,
  ]);
});

test('what inhibits inhibits as before', () => {
  const { inhibit_rules, global } = parse(withWebhook(FOUND, URL));
  expect({ inhibit_rules, global }).toEqual({
    inhibit_rules: parse(FOUND).inhibit_rules,
    global: parse(FOUND).global,
  });
});

test('a configuration without routes of its own gets one', () => {
  const bare = 'route: { receiver: pager }\nreceivers: [{ name: pager }]';
  expect(parse(withWebhook(bare, URL)).route.routes).toHaveLength(1);
});
