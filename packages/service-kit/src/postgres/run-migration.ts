import { databaseVariables, password, postgresUrl, readConfig } from '../process/config.ts';
import { exitWith } from '../process/exit.ts';
import { migrate, type Schema } from './migrations.ts';

const CONNECT_WITHIN_MS = 60_000;

/**
 * The main function of a migration process: applies the migrations and prints their names as JSON on stdout,
 * or the error on stderr with exit code 1. `DATABASE_URL` has the service's role, `OWNER_DATABASE_URL` the
 * schema's owner.
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
