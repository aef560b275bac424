import { createMetrics, type Metrics } from '@relay/service-kit/metrics/metrics';
import { createLogger } from '@relay/service-kit/process/logger';
import { serve } from '@relay/service-kit/service/serve';
import { vi } from 'vitest';

import { readPostConfig } from '../config.ts';
import type { Author } from '../post.ts';
import type { FetchRemovedUsers } from '../removed-users.ts';
import { createPostService } from '../service.ts';
import { createSigner, newAuthor, type Signer } from './tokens.ts';

type Environment = Record<string, string>;

interface RunningOptions {
  databaseUrl: string;
  redisUrl?: string | null;
  environment?: Environment;
  /** Returns the JWKS. Default: the key of `signer`. */
  fetchJwks?: () => Promise<unknown>;
  /** Returns a page of removed users. Default: none. */
  fetchRemovedUsers?: FetchRemovedUsers;
  signer?: Signer;
}

/** The response of a call. */
export interface Answer {
  status: number;
  headers: Headers;
  /** `X-Cache`. */
  cache: string | null;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each test has its own type
  json: any;
  /** The response with its body unread. */
  response: Response;
}

interface CallOptions {
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent unchanged. */
  raw?: string;
}

/** `call('GET', '/api/posts')`, with the token of one user. */
export type Caller = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** The post service as in `main.ts`, on free ports of this machine. */
export interface RunningService {
  url: string;
  metrics: Metrics;
  logLines: Record<string, unknown>[];
  signer: Signer;
  /** Calls without a token. */
  anonymous: Caller;
  /** Calls with a new token of this user. */
  as(author?: Author): Promise<Caller>;
  /** Calls the admin port. */
  admin(path: string): Promise<Answer>;
  ready: Promise<void>;
  /** Waits until Redis is connected too: before that, reads bypass it. */
  connected(): Promise<void>;
  stop(): Promise<boolean>;
}

export async function runService(options: RunningOptions): Promise<RunningService> {
  const { databaseUrl, redisUrl, environment, signer = await createSigner() } = options;
  const config = readPostConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_PORT: '0',
    // On a busy machine the default could turn a HIT into a FALLBACK.
    CACHE_TIMEOUT_MS: '5000',
    // The tests write as one user.
    POSTS_PER_USER: '100000',
    VOTES_PER_USER: '100000',
    DATABASE_URL: databaseUrl,
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...environment,
  });
  const logLines: Record<string, unknown>[] = [];
  const write = (line: string) => void logLines.push(JSON.parse(line));
  const log = createLogger({ level: 'info', service: 'post', destination: { write } });
  const metrics = createMetrics({ service: 'post', version: '0.0.0-test' });
  const service = createPostService({
    config,
    log,
    metrics,
    fetchJwks: options.fetchJwks ?? (async () => ({ keys: [signer.jwk] })),
    fetchRemovedUsers: options.fetchRemovedUsers ?? (async () => ({ removed: [], next: null })),
  });
  const serving = await serve({
    settings: config,
    log,
    metrics,
    services: [service],
    handle: service.handle,
    health: service.health,
    closeLast: [],
  });
  const [url, adminUrl] = serving.ports.map((port) => `http://127.0.0.1:${port}`);
  const admin = (path: string) => callerOf(adminUrl!)('GET', path);
  return {
    url: url!,
    metrics,
    logLines,
    signer,
    anonymous: callerOf(url!),
    as: async (author = newAuthor()) => callerOf(url!, await signer.sign(author)),
    admin,
    ready: serving.ready,
    async connected() {
      await vi.waitUntil(async () => (await admin('/health')).json.status === 'ok', 10_000);
    },
    stop: () => serving.stop('the test is over'),
  };
}

/** Creates a caller of a server, with or without a token. */
export function callerOf(url: string, token?: string): Caller {
  return async (method, path, { headers, body, raw } = {}) => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      // Otherwise fetch adds `Cache-Control: no-cache` to a request with If-None-Match, which prevents a 304.
      cache: 'no-cache',
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(sent !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    });
    const text = await response.clone().text();
    const isJson = response.headers.get('Content-Type')?.includes('json') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      cache: response.headers.get('X-Cache'),
      text,
      json: isJson ? JSON.parse(text) : undefined,
      response,
    };
  };
}
