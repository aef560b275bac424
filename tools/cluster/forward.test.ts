import { expect, test } from 'vitest';

import { UserError } from '../kit/cli.ts';
import type { PodPort } from '../kit/port-forward.ts';
import { keepForwarding, type Forwarded } from './forward.ts';

const FORWARDED: Forwarded = {
  title: 'Prometheus',
  namespace: 'monitoring',
  service: 'prometheus',
  port: 80,
  localPort: 9090,
};
const POD: PodPort = { namespace: 'monitoring', pod: 'prometheus-0', port: 9090 };

/** Checks once for each state. Returns the printed lines, and the ports that were opened and closed. */
async function watch(states: readonly ('ready' | Error)[], taken = 0) {
  const printed: string[] = [];
  const ports: string[] = [];
  let checks = 0;
  let refusals = taken;
  const forwarding = keepForwarding({
    forwarded: FORWARDED,
    async findTarget() {
      const state = states[checks]!;
      if (state instanceof Error) throw state;
      return POD;
    },
    async open(port) {
      if (refusals-- > 0) throw Object.assign(new Error('listen'), { code: 'EADDRINUSE' });
      ports.push(`open ${port}`);
      return { port, close: async () => void ports.push('close') };
    },
    print: (line) => printed.push(line.trim().replace(/ +/, ' ')),
    async tick() {
      checks += 1;
      if (checks === states.length) throw new Error('ended');
    },
  });
  await expect(forwarding).rejects.toThrow('ended');
  return { printed, ports };
}

test('prints the URL once, and closes the port at the end', async () => {
  const { printed, ports } = await watch(['ready', 'ready', 'ready']);
  expect(printed).toEqual(['Prometheus http://localhost:9090']);
  expect(ports).toEqual(['open 9090', 'close']);
});

test('waits for a ready pod, and prints each change', async () => {
  const away = new UserError('no pod is ready');
  const { printed, ports } = await watch([away, away, 'ready', away, 'ready']);
  expect(printed).toEqual([
    'Prometheus waits: no pod is ready',
    'Prometheus http://localhost:9090',
    'Prometheus waits: no pod is ready',
    'Prometheus http://localhost:9090',
  ]);
  expect(ports).toEqual(['open 9090', 'close']);
});

test('waits for a port that is taken', async () => {
  const { printed } = await watch(['ready', 'ready', 'ready'], 2);
  expect(printed).toEqual([
    'Prometheus waits: port 9090 is already in use on this machine',
    'Prometheus http://localhost:9090',
  ]);
});

test('prints the cause if the cluster does not answer', async () => {
  const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  const { printed } = await watch([refused]);
  expect(printed).toEqual(['Prometheus waits: connect ECONNREFUSED']);
});
