import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';

/** Longer than any experiment: a killed test run leaves no session for ever. */
const MAX_SECONDS = 600;

/** Opens sessions, each with an idle transaction, until the recovery. */
export async function holdTransactions(
  count: number,
  recovery: AsyncDisposableStack,
): Promise<void> {
  const name = 'relay-drill-sessions';
  const session = `psql --username=postgres --dbname=relay --command='select pg_sleep(${MAX_SECONDS})'`;
  const script = `export PGAPPNAME=${name}; for i in $(seq ${count}); do ${session} & done; wait`;
  // Fails when the recovery terminates the sessions.
  const holding = relay.exec('relay-postgres-0', 'sh', '-c', script).catch(() => undefined);
  recovery.defer(async () => {
    await terminate(name);
    await holding;
  });
}

/** Locks the table of posts against readers for `lockedMs`, every `lockedMs + openMs`, until the recovery. */
export async function lockPosts(
  recovery: AsyncDisposableStack,
  { lockedMs, openMs }: { lockedMs: number; openMs: number },
): Promise<void> {
  const name = 'relay-drill';
  const locking = psql(
    relay,
    `do $$
     declare began timestamptz := clock_timestamp();
     begin
       perform set_config('application_name', '${name}', false);
       while clock_timestamp() < began + interval '${MAX_SECONDS} seconds' loop
         lock table post.posts in access exclusive mode;
         perform pg_sleep(${lockedMs / 1000});
         commit;
         perform pg_sleep(${openMs / 1000});
       end loop;
     end $$`,
  ).catch(() => undefined);
  recovery.defer(async () => {
    await terminate(name);
    await locking;
  });
}

/** Runs two transactions that wait for each other. Postgres cancels one of them after a second. */
export async function deadlock(): Promise<void> {
  const outcomes = await Promise.allSettled([lockInOrder(1, 2), lockInOrder(2, 1)]);
  const cancelled = outcomes.filter(({ status }) => status === 'rejected');
  if (cancelled.length !== 1)
    throw new Error(`${cancelled.length} of 2 transactions were cancelled`);
}

/** One transaction: psql sends all statements of one command at once. */
function lockInOrder(first: number, second: number): Promise<string> {
  const [one, other] = [first, second].map((key) => `select pg_advisory_xact_lock(${key})`);
  return psql(relay, `${one}; select pg_sleep(1); ${other}`);
}

async function terminate(applicationName: string): Promise<void> {
  await psql(
    relay,
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = '${applicationName}'`,
  );
}
