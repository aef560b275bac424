import { NoUnit, OpsPerSecond, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { of, quantile, query, sumRate } from '../queries.ts';
import { above, threshold, windowOf } from '../thresholds.ts';

const auth = of('auth');

export const accounts: Row = {
  title: 'Accounts',
  lines: [
    [
      graph({
        title: 'Logins by result',
        description: 'Logins a second; wrong and limited together have an alert.',
        unit: OpsPerSecond,
        queries: [query(sumRate('auth_logins_total', auth, 'result'), '{{result}}')],
        stacked: true,
      }),
      graph({
        title: 'Logins that fail',
        description:
          'Wrong or over a limit; above the line, and if they are most of all logins, a client guesses passwords.',
        unit: OpsPerSecond,
        queries: [
          query(
            sumRate('auth_logins_total', of('auth', 'result=~"wrong|limited"')),
            'wrong or limited',
          ),
        ],
        thresholds: above(threshold('RelayLoginFailuresHigh')),
        alerts: ['RelayLoginFailuresHigh'],
      }),
      graph({
        title: 'p99 of hashes',
        description:
          'Argon2id, by operation; it is slow on purpose, and slower where CPU is short.',
        unit: Seconds,
        queries: [
          query(
            quantile(0.99, 'auth_password_hash_duration_seconds', auth, 'operation'),
            '{{operation}}',
          ),
        ],
      }),
    ],
    [
      graph({
        title: 'Registrations by result',
        description: 'New accounts a second; “limited” is one client that makes many.',
        unit: OpsPerSecond,
        queries: [query(sumRate('auth_registrations_total', auth, 'result'), '{{result}}')],
        stacked: true,
      }),
      graph({
        title: 'Refreshes by result',
        description: 'Refreshes of tokens a second; “wrong” are expired, revoked or made up.',
        unit: OpsPerSecond,
        queries: [query(sumRate('auth_refreshes_total', auth, 'result'), '{{result}}')],
        stacked: true,
      }),
      graph({
        title: `Refresh tokens used twice in ${windowOf('RelayRefreshTokensReused')}`,
        description: 'Each is a revoked session: a stolen token, or a client that sends one twice.',
        unit: NoUnit,
        queries: [
          query(
            `round(sum by (job) (increase(auth_refresh_token_reuses_total${auth}[${windowOf('RelayRefreshTokensReused')}])))`,
            '{{job}}',
          ),
        ],
        thresholds: above(threshold('RelayRefreshTokensReused')),
        alerts: ['RelayRefreshTokensReused'],
      }),
    ],
  ],
};
