import { setTimeout as wait } from 'node:timers/promises';

import { startTcpProxy } from '@relay/dev-servers/tcp-proxy';

import type { ContenderEntry } from '../contenders/contenders.ts';
import type { Fixture } from '../fixture.ts';
import type { OutageResult } from '../results.ts';

/** The peers' deadline in their second row: the default of @relay/cache. */
const COMMAND_TIMEOUT_MS = 250;

/**
 * Redis becomes a black hole: connections stay open and nothing answers. Meanwhile every record is
 * written and invalidated, so an older answer is stale. The peers leave deadlines to their client;
 * in a second row the client has one.
 */
export async function runOutage(fixture: Fixture): Promise<OutageResult> {
  const measured: OutageResult['measured'] = {};
  for (const commandTimeoutMs of [undefined, COMMAND_TIMEOUT_MS]) {
    const entries = fixture
      .oneOfEach()
      .filter(({ ours }) => !ours || commandTimeoutMs === undefined);
    console.log(`Redis black-holed${commandTimeoutMs ? ', clients with a deadline' : ''}`);
    await fixture.flush();
    // Concurrent, each behind its own proxy: they mostly wait.
    const outcomes = await Promise.all(
      entries.map((entry) => surviveOutage(fixture, entry, commandTimeoutMs)),
    );
    for (const [index, { name }] of entries.entries()) {
      const row = commandTimeoutMs ? `${name}, client with ${commandTimeoutMs} ms` : name;
      measured[row] = outcomes[index]!;
    }
  }
  return { measured };
}

async function surviveOutage(
  fixture: Fixture,
  entry: ContenderEntry,
  commandTimeoutMs: number | undefined,
): Promise<OutageResult['measured'][string]> {
  const proxy = await startTcpProxy(fixture.redis.port);
  const redisUrl = `redis://127.0.0.1:${proxy.port}`;
  const setup = { redisUrl, ...(commandTimeoutMs && { commandTimeoutMs }) };
  try {
    return await fixture.withContenders([entry], setup, async ([process]) => {
      await process!.run('fill', { sizeBytes: 2048, keys: 100 });
      proxy.holdBytes();
      const giveUpMs = fixture.quick ? 1000 : 3000;
      const ms = fixture.quick ? 500 : 2000;
      const during = await process!.run('outage', { ms, readers: 4, giveUpMs, invalidate: true });
      proxy.releaseBytes();
      await wait(2000);
      return { during, after: await process!.run('staleness', { giveUpMs }) };
    });
  } finally {
    proxy.stop();
  }
}
