import { setTimeout as wait } from 'node:timers/promises';

import type { ContenderEntry } from '../contenders/contenders.ts';
import type { OutageResult } from '../results.ts';
import type { Stage } from '../stage.ts';
import { startSwallowingProxy } from '../swallowing-proxy.ts';

/** The peers' deadline in their second row: the default of @relay/cache. */
const COMMAND_TIMEOUT_MS = 250;

/**
 * Redis becomes a black hole: connections stay open and nothing answers. Meanwhile every record is
 * written and invalidated, so an older answer is stale. The peers leave deadlines to their client;
 * in a second row the client has one.
 */
export async function runOutage(stage: Stage): Promise<OutageResult> {
  const measured: OutageResult['measured'] = {};
  for (const commandTimeoutMs of [undefined, COMMAND_TIMEOUT_MS]) {
    const entries = stage.oneOfEach().filter(({ ours }) => !ours || commandTimeoutMs === undefined);
    console.log(`Redis black-holed${commandTimeoutMs ? ', clients with a deadline' : ''}`);
    await stage.flush();
    // Each waits most of the time, behind a proxy of its own.
    const outcomes = await Promise.all(
      entries.map((entry) => surviveOutage(stage, entry, commandTimeoutMs)),
    );
    for (const [index, { name }] of entries.entries()) {
      const row = commandTimeoutMs ? `${name}, client with ${commandTimeoutMs} ms` : name;
      measured[row] = outcomes[index]!;
    }
  }
  return { measured };
}

async function surviveOutage(
  stage: Stage,
  entry: ContenderEntry,
  commandTimeoutMs: number | undefined,
): Promise<OutageResult['measured'][string]> {
  const proxy = await startSwallowingProxy(stage.redis.port);
  const setup = { redisUrl: proxy.url, ...(commandTimeoutMs && { commandTimeoutMs }) };
  try {
    return await stage.withContenders([entry], setup, async ([process]) => {
      await process!.run('fill', { sizeBytes: 2048, keys: 100 });
      proxy.swallow();
      const giveUpMs = stage.quick ? 1000 : 3000;
      const ms = stage.quick ? 500 : 2000;
      const during = await process!.run('outage', { ms, readers: 4, giveUpMs, invalidate: true });
      proxy.heal();
      await wait(2000);
      return { during, after: await process!.run('staleness', { giveUpMs }) };
    });
  } finally {
    await proxy.close();
  }
}
