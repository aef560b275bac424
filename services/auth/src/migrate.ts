import { runMigration } from '@relay/service-kit/postgres/run-migration';

import { authSchema } from './schema.ts';

await runMigration(authSchema, process.env);
