import { PASSWORD, type Client } from '../../cluster-tests/support/api.ts';
import { load } from '../faults/load.ts';
import type { Scenario } from '../scenario.ts';

/** More than the alert tolerates. */
const STOLEN_TOKENS = 8;

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
    for (let n = 0; n < STOLEN_TOKENS; n += 1) await useTwice(client);
  },
};

async function useTwice({ email, send }: Client): Promise<void> {
  const login = await send('POST', '/api/auth/login', { email, password: PASSWORD });
  const { refreshToken } = JSON.parse(login.text) as { refreshToken: string };
  const statuses: number[] = [];
  for (let use = 0; use < 2; use += 1) {
    statuses.push((await send('POST', '/api/auth/refresh', { refreshToken })).status);
  }
  if (statuses.join() !== '200,401') throw new Error(`Refreshes: ${statuses.join(' and ')}`);
}
