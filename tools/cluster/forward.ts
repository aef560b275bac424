import { ALERTMANAGER } from '../kit/alertmanager.ts';
import { describeApiError, type ServicePort } from '../kit/kubernetes.ts';
import { MONITORING_NAMESPACE } from '../kit/names.ts';
import type { PodPort, PortForward } from '../kit/port-forward.ts';
import { PROMETHEUS } from '../kit/prometheus.ts';

/** A Service that `npm run cluster:forward` forwards. */
export interface Forwarded extends ServicePort {
  title: string;
  /** On this machine. */
  localPort: number;
}

const GRAFANA: ServicePort = {
  namespace: MONITORING_NAMESPACE,
  service: 'kube-prometheus-stack-grafana',
  port: 80,
};

export const FORWARDED: readonly Forwarded[] = [
  { title: 'Prometheus', ...PROMETHEUS, localPort: 9090 },
  { title: 'Grafana', ...GRAFANA, localPort: 3000 },
  { title: 'Alertmanager', ...ALERTMANAGER, localPort: 9093 },
];

interface ForwardOptions {
  forwarded: Forwarded;
  findTarget: () => Promise<PodPort>;
  open: (port: number, findTarget: () => Promise<PodPort>) => Promise<PortForward>;
  print: (line: string) => void;
  /** Resolves before the next check; rejects to end. */
  tick: () => Promise<void>;
}

/**
 * Forwards a local port to a ready pod of a Service until `tick` rejects, and prints each change of its
 * state: available, waiting, available again.
 */
export async function keepForwarding({
  forwarded,
  findTarget,
  open,
  print,
  tick,
}: ForwardOptions): Promise<void> {
  const { title, localPort } = forwarded;
  let forward: PortForward | undefined;
  let printed = '';
  try {
    for (;;) {
      let state = `http://localhost:${localPort}`;
      try {
        await findTarget();
        forward ??= await open(localPort, findTarget);
      } catch (error) {
        state = `waits: ${reasonOf(error, localPort)}`;
      }
      if (state !== printed) print(`  ${title.padEnd(12)}  ${state}`);
      printed = state;
      await tick();
    }
  } finally {
    await forward?.close();
  }
}

/** The command that prints Grafana's password. */
export function passwordHint(context: string): string {
  const { namespace, service } = GRAFANA;
  return [
    "Grafana's user is admin. This prints the password:",
    '',
    `  kubectl --context ${context} --namespace ${namespace} get secret ${service} \\`,
    `    --output go-template='{{index .data "admin-password" | base64decode}}{{"\\n"}}'`,
  ].join('\n');
}

function reasonOf(error: unknown, port: number): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken ? `port ${port} is already in use on this machine` : describeApiError(error);
}
