import type { Told } from './stage/webhook.ts';

/** Names of Relay's alerts, as they are at one moment. */
export interface Sighting {
  /** Prometheus has seen them, and their time has not come. */
  pending: ReadonlySet<string>;
  /** Says Prometheus. */
  firing: ReadonlySet<string>;
  /** Alertmanager has them. */
  held: ReadonlySet<string>;
  /** Alertmanager keeps them back, because of another. */
  inhibited: ReadonlySet<string>;
  /** The webhook was told that they fire. */
  notified: ReadonlySet<string>;
  /** The webhook was told so, and then of each that it is resolved. */
  resolved: ReadonlySet<string>;
}

/** Looks along the whole way of the alerts: rules, Alertmanager, webhook. */
export interface Watch {
  look(): Promise<Sighting>;
  /** Makes the webhook forget what it was told. */
  forget(): Promise<void>;
}

/** One alert, in Prometheus' API. */
export interface RuleAlert {
  labels: Record<string, string>;
  state: 'pending' | 'firing';
}

/** One alert, in Alertmanager's API. */
export interface HeldAlert {
  labels: Record<string, string>;
  status: { inhibitedBy: string[] };
}

interface Said {
  prometheus: readonly RuleAlert[];
  alertmanager: readonly HeldAlert[];
  webhook: readonly Told[];
}

/** @param namespace of the release: another's alerts are no concern of the drill's */
export function sightingOf(
  { prometheus, alertmanager, webhook }: Said,
  namespace: string,
): Sighting {
  const rules = prometheus.filter(isOurs);
  const held = alertmanager.filter(isOurs);
  const lastWords = new Map(webhook.map((told) => [told.fingerprint, told]));
  const stillFiring = [...lastWords.values()].filter(({ status }) => status === 'firing');
  const notified = new Set(
    webhook.filter(({ status }) => status === 'firing').map(({ name }) => name),
  );

  function isOurs({ labels }: { labels: Record<string, string> }): boolean {
    return labels['namespace'] === namespace && labels['alertname']!.startsWith('Relay');
  }

  return {
    pending: names(rules.filter(({ state }) => state === 'pending')),
    firing: names(rules.filter(({ state }) => state === 'firing')),
    held: names(held),
    inhibited: names(held.filter(({ status }) => status.inhibitedBy.length > 0)),
    notified,
    resolved: notified.difference(new Set(stillFiring.map(({ name }) => name))),
  };
}

function names(alerts: readonly { labels: Record<string, string> }[]): Set<string> {
  return new Set(alerts.map(({ labels }) => labels['alertname']!));
}
