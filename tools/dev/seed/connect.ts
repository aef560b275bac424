import { ConfigError } from '@relay/service-kit/process/config';
import { Client } from 'pg';

/**
 * Connects to a database with Relay's tables, on this machine unless `yes` is set.
 *
 * @throws ConfigError
 */
export async function connect(databaseUrl: string, { yes }: { yes: boolean }): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl });
  const { host, port } = client;
  if (!yes && !isThisMachine(host)) {
    throw new ConfigError(
      `DATABASE_URL: ${host} is not this machine. Add --yes if that database is to be filled.`,
    );
  }
  // The pending query fails too; an event without a listener would end the process.
  client.on('error', () => {});
  await client.connect().catch((cause: unknown) => {
    throw new ConfigError(`DATABASE_URL: no connection to ${host}:${port} (${reasonOf(cause)})`, {
      cause,
    });
  });
  await assertTables(client);
  return client;
}

/** @returns a function that cancels the client's query, which then fails */
export async function cancelQuery(
  client: Client,
  databaseUrl: string,
): Promise<() => Promise<void>> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return async () => {
    const other = new Client({ connectionString: databaseUrl });
    try {
      await other.connect();
      await other.query('select pg_cancel_backend($1)', [rows[0]!.pid]);
    } finally {
      await other.end();
    }
  };
}

/** The host may be a name, an address, or the folder of a socket. */
function isThisMachine(host: string): boolean {
  return /^(localhost|127\.[\d.]+|::1|\/.*)$/.test(host);
}

async function assertTables(client: Client): Promise<void> {
  const { rows } = await client.query<{ present: boolean }>(
    `select to_regclass('auth.users') is not null and to_regclass('post.posts') is not null
       as present`,
  );
  if (rows[0]?.present) return;
  await client.end();
  throw new ConfigError(
    'DATABASE_URL: that database has no Relay tables. Start Relay on it first.',
  );
}

function reasonOf(error: unknown): string {
  // The error of several addresses has no message of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
