import { setTimeout as sleep } from 'node:timers/promises';

import { PASSWORD, type Client } from '../../cluster/support/api.ts';
import { load } from '../faults/load.ts';
import type { Scenario } from '../scenario.ts';

/** More than the alert tolerates. */
const STOLEN_TOKENS = 8;

/** The default of `auth.refreshReuseSeconds`: until then, a second use is no reuse. */
const REUSE_INTERVAL_MS = 10_000;

export const loginFailuresHigh: Scenario = {
  alert: 'RelayLoginFailuresHigh',
  fault: 'somebody tries five passwords a second',
  async bringOn(healing, { client }) {
    const wrong = { email: 'relay-drill@example.com', password: 'not the password' };
    load(healing, 5, () => client.send('POST', '/api/auth/login', wrong));
  },
};

export const refreshTokensReused: Scenario = {
  alert: 'RelayRefreshTokensReused',
  fault: `${STOLEN_TOKENS} refresh tokens are used a second time`,
  async bringOn(_healing, { client }) {
    const tokens: string[] = [];
    for (let n = 0; n < STOLEN_TOKENS; n += 1) tokens.push(await newRefreshToken(client));
    for (const token of tokens) await use(client, token, 200);
    await sleep(REUSE_INTERVAL_MS + 1000);
    for (const token of tokens) await use(client, token, 401);
  },
};

async function newRefreshToken({ email, send }: Client): Promise<string> {
  const login = await send('POST', '/api/auth/login', { email, password: PASSWORD });
  return (JSON.parse(login.text) as { refreshToken: string }).refreshToken;
}

async function use({ send }: Client, refreshToken: string, expected: number): Promise<void> {
  const { status } = await send('POST', '/api/auth/refresh', { refreshToken });
  if (status !== expected) throw new Error(`A refresh got ${status}, not ${expected}`);
}
