import type { ServicePort } from './endpoints.ts';
import { describeApiError } from './kubernetes.ts';
import type { PodPort, Tunnel } from './tunnel.ts';

export interface Forwarded extends ServicePort {
  title: string;
  /** On this machine. */
  localPort: number;
}

const monitoring = (title: string, component: string, port: number, localPort: number) => ({
  title,
  namespace: 'monitoring',
  service: `kube-prometheus-stack-${component}`,
  port,
  localPort,
});

export const FORWARDED: readonly Forwarded[] = [
  monitoring('Prometheus', 'prometheus', 9090, 9090),
  monitoring('Grafana', 'grafana', 80, 3000),
  monitoring('Alertmanager', 'alertmanager', 9093, 9093),
];

interface WatchOptions {
  forwarded: Forwarded;
  findTarget: () => Promise<PodPort>;
  open: (port: number, findTarget: () => Promise<PodPort>) => Promise<Tunnel>;
  say: (line: string) => void;
  /** Resolves when it is time to look again; rejects to end it. */
  tick: () => Promise<void>;
}

/**
 * Forwards a local port to whatever pod is ready behind a Service, for as long as `tick` lets it, and
 * says each change: there, not there, back.
 */
export async function keepForwarding({
  forwarded,
  findTarget,
  open,
  say,
  tick,
}: WatchOptions): Promise<void> {
  const { title, localPort } = forwarded;
  let tunnel: Tunnel | undefined;
  let said = '';
  try {
    for (;;) {
      let state = `http://localhost:${localPort}`;
      try {
        await findTarget();
        tunnel ??= await open(localPort, findTarget);
      } catch (error) {
        state = `waits: ${reasonOf(error, localPort)}`;
      }
      if (state !== said) say(`  ${title.padEnd(12)}  ${state}`);
      said = state;
      await tick();
    }
  } finally {
    await tunnel?.close();
  }
}

export function passwordHint(context: string): string {
  return [
    "Grafana's user is admin. The password, on a line of its own:",
    '',
    `  kubectl --context ${context} --namespace monitoring get secret kube-prometheus-stack-grafana \\`,
    `    --output go-template='{{index .data "admin-password" | base64decode}}{{"\\n"}}'`,
  ].join('\n');
}

function reasonOf(error: unknown, port: number): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken ? `port ${port} is already in use on this machine` : describeApiError(error);
}
