import type { ActiveAlert } from '../../tools/kit/alertmanager.ts';
import type { RuleAlert } from '../../tools/kit/prometheus.ts';
import type { Notification } from './fixture/webhook.ts';

/** Names of the release's alerts, by their state at one moment. */
export interface Observation {
  /** In Prometheus, before their `for` has passed. */
  pending: ReadonlySet<string>;
  /** In Prometheus. */
  firing: ReadonlySet<string>;
  /** In Alertmanager. */
  active: ReadonlySet<string>;
  /** In Alertmanager, held back by another alert. */
  inhibited: ReadonlySet<string>;
  /** The webhook received that they fire. */
  notified: ReadonlySet<string>;
  /** The webhook received that they fire, and then of each that it is resolved. */
  resolved: ReadonlySet<string>;
}

/** Follows alerts from the rules through Alertmanager to the webhook. */
export interface Observer {
  observe(): Promise<Observation>;
  /** Deletes the notifications that the webhook received. */
  clear(): Promise<void>;
}

interface Answers {
  prometheus: readonly RuleAlert[];
  alertmanager: readonly ActiveAlert[];
  webhook: readonly Notification[];
}

/** @param namespace of the release; alerts of other namespaces are left out */
export function observationOf(
  { prometheus, alertmanager, webhook }: Answers,
  namespace: string,
): Observation {
  const rules = prometheus.filter(isOfRelease);
  const active = alertmanager.filter(isOfRelease);
  const last = new Map(webhook.map((notification) => [notification.fingerprint, notification]));
  const stillFiring = [...last.values()].filter(({ status }) => status === 'firing');
  const notified = new Set(
    webhook.filter(({ status }) => status === 'firing').map(({ name }) => name),
  );

  function isOfRelease({ labels }: { labels: Record<string, string> }): boolean {
    return labels['namespace'] === namespace && labels['alertname']!.startsWith('Relay');
  }

  return {
    pending: names(rules.filter(({ state }) => state === 'pending')),
    firing: names(rules.filter(({ state }) => state === 'firing')),
    active: names(active),
    inhibited: names(active.filter(({ status }) => status.inhibitedBy.length > 0)),
    notified,
    resolved: notified.difference(new Set(stillFiring.map(({ name }) => name))),
  };
}

function names(alerts: readonly { labels: Record<string, string> }[]): Set<string> {
  return new Set(alerts.map(({ labels }) => labels['alertname']!));
}
