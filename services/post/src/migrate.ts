import { runMigration } from '@relay/service-kit/postgres/run-migration';

import { postSchema } from './migrations.ts';

await runMigration(postSchema, process.env);
