import { runMigration } from '@relay/service-kit/postgres/run-migration';

import { authSchema } from './migrations.ts';

await runMigration(authSchema, process.env);
