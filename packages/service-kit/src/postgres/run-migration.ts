import { databaseVariables, password, postgresUrl, readConfig } from '../process/config.ts';
import { exitWith } from '../process/exit.ts';
import { migrate, type Schema } from './migrations.ts';

const CONNECT_WITHIN_MS = 60_000;

/**
 * A process that migrates a schema and says on stdout what it applied, or on stderr why it could
 * not. `DATABASE_URL` is the service's own role, `OWNER_DATABASE_URL` the one that may change the
 * schema.
 */
export async function runMigration(schema: Schema, environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    const { DATABASE_URL, DATABASE_PASSWORD, DATABASE_STATEMENT_TIMEOUT_MS } = databaseVariables;
    const service = { DATABASE_URL, DATABASE_PASSWORD, DATABASE_STATEMENT_TIMEOUT_MS };
    const owner = { OWNER_DATABASE_URL: postgresUrl(), OWNER_DATABASE_PASSWORD: password() };
    const config = readConfig({ ...service, ...owner }, environment);
    const applied = await migrate({
      ownerUrl: config.OWNER_DATABASE_URL,
      serviceUrl: config.DATABASE_URL,
      schema,
      connectWithinMs: CONNECT_WITHIN_MS,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    });
    process.stdout.write(`${JSON.stringify({ schema: schema.name, applied })}\n`);
  } catch (error) {
    exitWith(error);
  }
}
