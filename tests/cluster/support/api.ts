import * as kit from '../../../tools/kit/api-client.ts';
import type { Release } from './cluster.ts';
import { emptyCache, psql } from './stores.ts';

export { PASSWORD, type Client } from '../../../tools/kit/api-client.ts';

/** The URL of the kind cluster's ingress. */
export const API_URL = 'http://localhost:5000';

const USER_PREFIX = 'cluster-test-';

/**
 * Registers a user, which `removeTestUsers` deletes.
 *
 * @param host of the Ingress; default: the Ingress without a host
 */
export function newClient(host?: string): Promise<kit.Client> {
  return kit.newClient(API_URL, { prefix: USER_PREFIX, headers: headersOf(host) });
}

/** @param host as of `newClient` */
export function logIn(email: string, host?: string): Promise<kit.Client> {
  return kit.logIn(API_URL, email, { headers: headersOf(host) });
}

/** The titles of the newest posts from Postgres: a page of this size is never cached. */
export function uncachedTitles(client: kit.Client): Promise<string[]> {
  return client.titles('/api/posts?limit=19');
}

/** Deletes the users of `newClient` and everything that they wrote. */
export async function removeTestUsers(release: Release): Promise<void> {
  await psql(
    release,
    `delete from post.votes where user_id in (select id from auth.users where username like '${USER_PREFIX}%');
     delete from post.posts where author_username like '${USER_PREFIX}%';
     delete from auth.users where username like '${USER_PREFIX}%'`,
  );
  await emptyCache(release);
}

const headersOf = (host: string | undefined) => (host === undefined ? {} : { Host: host });
