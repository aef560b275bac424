import { parse, stringify } from 'yaml';

interface Config {
  route: { routes?: object[] };
  receivers: object[];
}

/** By its address: that itself Alertmanager tells nobody. */
export const receiverOf = (url: string) => `relay-drill ${url}`;

/**
 * Alertmanager's configuration with one more receiver for Relay's alerts, told soon and of each alert
 * by itself. All else stays: who was told is told, and what inhibits inhibits.
 *
 * @param text alertmanager.yaml
 * @param url of the webhook
 */
export function withWebhook(text: string, url: string): string {
  const { route, receivers, ...rest } = parse(text) as Config;
  const ours = {
    receiver: receiverOf(url),
    matchers: ['alertname=~"Relay.+"', 'namespace="relay"'],
    group_by: ['...'],
    // As long as a cause may come after what it brings about, so that it can still inhibit that.
    group_wait: '10s',
    group_interval: '5s',
    repeat_interval: '1h',
    continue: true,
  };
  const receiver = { name: receiverOf(url), webhook_configs: [{ url, send_resolved: true }] };
  return stringify({
    ...rest,
    route: { ...route, routes: [ours, ...(route.routes ?? [])] },
    receivers: [...receivers, receiver],
  });
}
