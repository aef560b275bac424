import { setTimeout as sleep } from 'node:timers/promises';

import { PASSWORD, type Client } from '../../cluster/support/api.ts';

/** The default of `auth.refreshReuseSeconds`: a second use within it counts as a retry. */
const REUSE_INTERVAL_MS = 10_000;

/** Uses `count` refresh tokens twice, the second time after the reuse interval. */
export async function reuseRefreshTokens(client: Client, count: number): Promise<void> {
  const tokens: string[] = [];
  for (let n = 0; n < count; n += 1) tokens.push(await newRefreshToken(client));
  for (const token of tokens) await refresh(client, token, 200);
  await sleep(REUSE_INTERVAL_MS + 1000);
  for (const token of tokens) await refresh(client, token, 401);
}

async function newRefreshToken({ email, send }: Client): Promise<string> {
  const login = await send('POST', '/api/auth/login', { email, password: PASSWORD });
  return (JSON.parse(login.text) as { refreshToken: string }).refreshToken;
}

async function refresh({ send }: Client, refreshToken: string, expected: number): Promise<void> {
  const { status } = await send('POST', '/api/auth/refresh', { refreshToken });
  if (status !== expected) throw new Error(`A refresh got ${status}, not ${expected}`);
}
