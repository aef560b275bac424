import type { Client } from 'pg';
import type { Logger } from 'pino';

/** Time limits that the server enforces, as start-up parameters. */
export function timeLimits(statementTimeoutMs: number) {
  return {
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs(statementTimeoutMs),
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
  };
}

/**
 * A third of the statement timeout: statements that wait for a locked row release their connections before
 * the whole pool is blocked.
 */
function lockTimeoutMs(statementTimeoutMs: number): number {
  return Math.max(1, Math.floor(statementTimeoutMs / 3));
}

interface SessionOptions {
  /** Opens a connection with the current `settings`. */
  open: () => Promise<Client>;
  /** The settings of the next connection. Modified behind a pooler. */
  settings: () => Record<string, unknown>;
  timeoutMs: number;
  log: Logger | undefined;
}

/**
 * Opens connections to a primary only: a standby would return old rows. If a pooler refuses the time limits
 * as start-up parameters, as PgBouncer does by default, opens the connection without them; the limits of
 * the role apply then, which the migration sets.
 */
export function createSessions({ open, settings, timeoutMs, log }: SessionOptions) {
  let isBehindPooler = false;

  async function openWithOrWithoutLimits(): Promise<Client> {
    // Several connections may be refused concurrently before the first sets `isBehindPooler`.
    const hadLimits = !isBehindPooler;
    try {
      return await open();
    } catch (error) {
      if (!hadLimits || !isRefusedParameter(error)) throw error;
      isBehindPooler = true;
      for (const name of Object.keys(timeLimits(0))) delete settings()[name];
      return open();
    }
  }

  let hasWarned = false;
  async function verify(client: Client): Promise<void> {
    const { rows } = await client.query<{ standby: boolean; limit: string }>({
      text: VERIFY,
      query_timeout: timeoutMs,
    } as { text: string });
    const { standby, limit } = rows[0]!;
    if (standby) throw Object.assign(new Error('the server is a standby'), { code: '25006' });
    if (limit === '0' && !hasWarned) {
      hasWarned = true;
      log?.warn('Postgres has no statement_timeout for this role: set one');
    }
  }

  return async function openSession(): Promise<Client> {
    const client = await openWithOrWithoutLimits();
    try {
      await verify(client);
      return client;
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  };
}

const VERIFY =
  "select pg_is_in_recovery() as standby, current_setting('statement_timeout') as limit";

function isRefusedParameter(error: unknown): boolean {
  return error instanceof Error && /unsupported start-?up parameter/i.test(error.message);
}
