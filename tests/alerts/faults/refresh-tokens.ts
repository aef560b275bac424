import { setTimeout as sleep } from 'node:timers/promises';

import type { Answer } from '../../../tools/kit/api-client.ts';
import { PASSWORD, type Client } from '../../cluster/support/api.ts';

/** The default of `auth.refreshReuseSeconds`: a second use within it counts as a retry. */
const REUSE_INTERVAL_MS = 10_000;

/** Uses `count` refresh tokens twice, the second time after their successors and the reuse interval. */
export async function reuseRefreshTokens(client: Client, count: number): Promise<void> {
  const { email, send } = client;
  const tokens: string[] = [];
  for (let n = 0; n < count; n += 1) {
    tokens.push(tokenOf(await send('POST', '/api/auth/login', { email, password: PASSWORD })));
  }
  for (const token of tokens)
    await refresh(client, tokenOf(await refresh(client, token, 200)), 200);
  await sleep(REUSE_INTERVAL_MS + 1000);
  for (const token of tokens) await refresh(client, token, 401);
}

function tokenOf({ text }: Answer): string {
  return (JSON.parse(text) as { refreshToken: string }).refreshToken;
}

async function refresh({ send }: Client, refreshToken: string, expected: number): Promise<Answer> {
  const answer = await send('POST', '/api/auth/refresh', { refreshToken });
  if (answer.status !== expected) {
    throw new Error(`A refresh got ${answer.status}, not ${expected}`);
  }
  return answer;
}
