import { runMigration } from '@relay/service-kit/postgres/run-migration';

import { postSchema } from './schema.ts';

await runMigration(postSchema, process.env);
