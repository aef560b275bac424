import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';

const NAME = 'relay-drill-sessions';
/** Longer than any scenario: no session may be left for ever. */
const SECONDS = 600;

/** Opens sessions, each with a transaction that does nothing, until it is healed. */
export async function holdSessions(count: number, healing: AsyncDisposableStack): Promise<void> {
  const session = `psql --username=postgres --dbname=relay --command='select pg_sleep(${SECONDS})'`;
  const script = `export PGAPPNAME=${NAME}; for i in $(seq ${count}); do ${session} & done; wait`;
  // Ended by the healing, with an error.
  const holding = relay.exec('relay-postgres-0', 'sh', '-c', script).catch(() => undefined);
  healing.defer(async () => {
    await psql(
      relay,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${NAME}'`,
    );
    await holding;
  });
}

/** Keeps a role from new connections and ends those that it has, until it is healed. */
export async function keepOut(role: 'auth' | 'post', healing: AsyncDisposableStack): Promise<void> {
  healing.defer(async () => {
    await psql(relay, `alter role ${role} login`);
  });
  await psql(relay, `alter role ${role} nologin`);
  await psql(
    relay,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
  );
}

/** Makes two transactions wait for each other once. Postgres ends one of them after a second. */
export async function deadlock(): Promise<void> {
  const outcomes = await Promise.allSettled([lockInOrder(1, 2), lockInOrder(2, 1)]);
  const ended = outcomes.filter(({ status }) => status === 'rejected');
  if (ended.length !== 1) throw new Error(`${ended.length} of 2 transactions were ended`);
}

/** One transaction, as psql sends all statements of a command at once. */
function lockInOrder(first: number, second: number): Promise<string> {
  const [one, other] = [first, second].map((key) => `select pg_advisory_xact_lock(${key})`);
  return psql(relay, `${one}; select pg_sleep(1); ${other}`);
}
