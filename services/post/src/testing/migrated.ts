import { migrate } from '@relay/service-kit/postgres/migrations';

import { postSchema } from '../schema.ts';

/** Brings a database to the post service's schema and answers its url. */
export async function migrated(url: string): Promise<string> {
  await migrate({ ownerUrl: url, serviceUrl: url, schema: postSchema });
  return url;
}
