import { expect, test } from 'vitest';

import { ClusterError } from './errors.ts';
import { keepForwarding, type Forwarded } from './forward.ts';
import type { PodPort } from './tunnel.ts';

const FORWARDED: Forwarded = {
  title: 'Prometheus',
  namespace: 'monitoring',
  service: 'prometheus',
  port: 80,
  localPort: 9090,
};
const POD: PodPort = { namespace: 'monitoring', pod: 'prometheus-0', port: 9090 };

/** Looks once per state; what was said, and which tunnels were opened and closed. */
async function watch(states: readonly ('there' | Error)[], taken = 0) {
  const said: string[] = [];
  const tunnels: string[] = [];
  let look = 0;
  let refusals = taken;
  const keeping = keepForwarding({
    forwarded: FORWARDED,
    async findTarget() {
      const state = states[look]!;
      if (state instanceof Error) throw state;
      return POD;
    },
    async open(port) {
      if (refusals-- > 0) throw Object.assign(new Error('listen'), { code: 'EADDRINUSE' });
      tunnels.push(`open ${port}`);
      return { port, close: async () => void tunnels.push('close') };
    },
    say: (line) => said.push(line.trim().replace(/ +/, ' ')),
    async tick() {
      look += 1;
      if (look === states.length) throw new Error('ended');
    },
  });
  await expect(keeping).rejects.toThrow('ended');
  return { said, tunnels };
}

test('says once where it is, and closes at the end', async () => {
  const { said, tunnels } = await watch(['there', 'there', 'there']);
  expect(said).toEqual(['Prometheus http://localhost:9090']);
  expect(tunnels).toEqual(['open 9090', 'close']);
});

test('waits for what is not there, and says when it goes and comes', async () => {
  const away = new ClusterError('no pod is ready');
  const { said, tunnels } = await watch([away, away, 'there', away, 'there']);
  expect(said).toEqual([
    'Prometheus waits: no pod is ready',
    'Prometheus http://localhost:9090',
    'Prometheus waits: no pod is ready',
    'Prometheus http://localhost:9090',
  ]);
  expect(tunnels).toEqual(['open 9090', 'close']);
});

test('waits for a port that something else has', async () => {
  const { said } = await watch(['there', 'there', 'there'], 2);
  expect(said).toEqual([
    'Prometheus waits: port 9090 is already in use on this machine',
    'Prometheus http://localhost:9090',
  ]);
});

test('a cluster that does not answer is said in its own words', async () => {
  const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  const { said } = await watch([refused]);
  expect(said).toEqual(['Prometheus waits: connect ECONNREFUSED']);
});
