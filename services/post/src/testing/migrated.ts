import { migrate } from '@relay/service-kit/postgres/migrations';

import { postSchema } from '../migrations.ts';

/** Applies the post service's migrations to a database and returns its url. */
export async function migrated(url: string): Promise<string> {
  await migrate({ ownerUrl: url, serviceUrl: url, schema: postSchema });
  return url;
}
