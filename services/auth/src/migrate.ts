import { runMigration } from '@relay/service-kit';

import { authSchema } from './schema.ts';

await runMigration(authSchema, process.env);
