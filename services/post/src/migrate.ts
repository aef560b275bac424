import { runMigration } from '@relay/service-kit';

import { postSchema } from './schema.ts';

await runMigration(postSchema, process.env);
