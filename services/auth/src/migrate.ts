import { databaseVariables, exitWith, migrate, postgresUrl, readConfig } from '@relay/service-kit';

import { authSchema } from './schema.ts';

// DATABASE_URL is the service's own role, OWNER_DATABASE_URL the one that may change the schema.
try {
  const config = readConfig(
    { DATABASE_URL: databaseVariables.DATABASE_URL, OWNER_DATABASE_URL: postgresUrl() },
    process.env,
  );
  const applied = await migrate({
    ownerUrl: config.OWNER_DATABASE_URL,
    serviceUrl: config.DATABASE_URL,
    schema: authSchema,
  });
  process.stdout.write(`${JSON.stringify({ schema: authSchema.name, applied })}\n`);
} catch (error) {
  exitWith(error);
}
