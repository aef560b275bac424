import { load, uncached } from '../faults/load.ts';
import { lockPosts } from '../faults/locks.ts';
import { takeMonitoring } from '../faults/rights.ts';
import { takePods } from '../faults/scale.ts';
import { deadlock, holdSessions, keepOut } from '../faults/sessions.ts';
import type { Scenario } from '../scenario.ts';

export const postgresDown: Scenario = {
  alert: 'RelayPostgresDown',
  fault: 'Postgres has no pod',
  async bringOn(healing, { client }) {
    load(healing, 2, uncached(client));
    await takePods('statefulset/relay-postgres', healing);
  },
};

export const postgresUnreachable: Scenario = {
  alert: 'RelayPostgresUnreachable',
  fault: 'the auth service may not connect to Postgres',
  async bringOn(healing, { client }) {
    const unknown = { email: 'relay-drill@example.com', password: 'not the password' };
    await keepOut('auth', healing);
    load(healing, 1, () => client.send('POST', '/api/auth/login', unknown));
  },
};

export const postgresConnectionsHigh: Scenario = {
  alert: 'RelayPostgresConnectionsHigh',
  fault: '40 sessions more than usual, of 60 that there may be',
  // Each of them is a transaction.
  alsoFires: ['RelayPostgresTransactionLong'],
  bringOn: (healing) => holdSessions(40, healing),
};

export const postgresTransactionLong: Scenario = {
  alert: 'RelayPostgresTransactionLong',
  fault: 'a transaction stays open',
  bringOn: (healing) => holdSessions(1, healing),
};

export const postgresDeadlocks: Scenario = {
  alert: 'RelayPostgresDeadlocks',
  fault: 'two transactions lock the same in another order',
  bringOn: deadlock,
};

export const exporterFailing: Scenario = {
  alert: 'RelayExporterFailing',
  fault: "Postgres' exporter may not read the write-ahead log",
  bringOn: takeMonitoring,
};

export const postgresPoolExhausted: Scenario = {
  alert: 'RelayPostgresPoolExhausted',
  fault: 'queries take up to 180 ms, and 40 a second come to pools of 2 connections',
  async bringOn(healing, { client }) {
    await lockPosts(healing, { lockedMs: 180, openMs: 30 });
    load(healing, 40, uncached(client));
  },
};

export const postgresQueriesSlow: Scenario = {
  alert: 'RelayPostgresQueriesSlow',
  fault: 'queries take up to 700 ms, and one a second comes',
  async bringOn(healing, { client }) {
    await lockPosts(healing, { lockedMs: 700, openMs: 20 });
    load(healing, 1, uncached(client));
  },
};
