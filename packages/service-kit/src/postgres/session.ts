import type { Client } from 'pg';
import type { Logger } from 'pino';

/** Time limits that the server keeps, as start-up parameters. */
export function timeLimits(statementTimeoutMs: number) {
  return {
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs(statementTimeoutMs),
    idle_in_transaction_session_timeout: statementTimeoutMs * 2,
  };
}

/**
 * A third of the statement's limit: statements that wait for one locked row release their
 * connections before the whole pool waits for it.
 */
function lockTimeoutMs(statementTimeoutMs: number): number {
  return Math.max(1, Math.floor(statementTimeoutMs / 3));
}

interface SessionOptions {
  /** Opens a connection with what `settings` holds. */
  open: () => Promise<Client>;
  /** The settings that the next connection is opened with. */
  settings: () => Record<string, unknown>;
  timeoutMs: number;
  log: Logger | undefined;
}

/**
 * Opens connections to a server that takes writes: a standby would answer with rows that are old.
 * Behind a pooler that refuses time limits as start-up parameters, as PgBouncer does by default, it
 * leaves them out; those of the role apply then, which the migration sets.
 */
export function createSessions({ open, settings, timeoutMs, log }: SessionOptions) {
  let isBehindPooler = false;

  async function openEither(): Promise<Client> {
    // Several first connections may be opened at once, and each is refused.
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
      log?.warn('Postgres sets no time limit for statements: set one for the role');
    }
  }

  return async function openSession(): Promise<Client> {
    const client = await openEither();
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
