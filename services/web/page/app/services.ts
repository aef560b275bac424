import { signal, type ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { createAccountApi, type AccountApi } from '../api/account.ts';
import { createCacheApi, type CacheApi } from '../api/cache-api.ts';
import { createExclusive } from '../api/exclusive.ts';
import { createPostsApi, type PostsApi } from '../api/posts.ts';
import { createRequestLog, type RequestLog } from '../api/request-log.ts';
import { createSession, type Session } from '../api/session.ts';
import { createTabs } from '../api/tabs.ts';
import { createTransport, type Send, type Transport } from '../api/transport.ts';
import { createUnsentPosts, type UnsentPosts } from '../feed/unsent-posts.ts';
import { createNotices, type Notices } from './notices.ts';
import { createRouting, type Routing } from './routing.ts';

/** Shared by all components, with and without a user. */
export interface Services {
  routing: Routing;
  session: Session;
  account: AccountApi;
  posts: PostsApi;
  cache: CacheApi;
  log: RequestLog;
  reachable: Transport['reachable'];
  notices: Notices;
  unsentPosts: UnsentPosts;
  /** Whether the cache can be stopped from the page: under `npm start`. */
  offersOutage: ReadonlySignal<boolean>;
}

/** Wires the page to its server and its browser. */
export function createServices(): Services {
  const log = createRequestLog();
  const { send, reachable } = createTransport({ fetch: (...request) => fetch(...request), log });
  const session = createSession({
    send,
    exclusive: createExclusive(navigator.locks, 'relay-session'),
    tabs: createTabs('relay-session'),
  });
  const routing = createRouting(window);
  const notices = createNotices();
  // A message belongs to the view on which it was shown.
  routing.path.subscribe(notices.dismiss);
  return {
    routing,
    session,
    account: createAccountApi(send, session.send),
    posts: createPostsApi(session.send),
    cache: createCacheApi(send, session.send),
    log,
    reachable,
    notices,
    unsentPosts: createUnsentPosts(),
    offersOutage: readOffersOutage(send),
  };
}

function readOffersOutage(send: Send): ReadonlySignal<boolean> {
  const offers = signal(false);
  const read = send<{ cacheOutage: boolean }>({
    method: 'GET',
    path: '/config.json',
    unlogged: true,
  });
  // Without it, the page works, only the button is missing.
  read.then(({ cacheOutage }) => (offers.value = cacheOutage)).catch(() => undefined);
  return offers;
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  return useContext(ServicesContext)!;
}
