import { createMetrics, type Metrics } from '@relay/service-kit/metrics/metrics';
import { createLogger } from '@relay/service-kit/process/logger';
import { serve } from '@relay/service-kit/process/service';
import { vi } from 'vitest';

import { readPostConfig } from '../config.ts';
import type { Author } from '../post.ts';
import { createPostService } from '../service.ts';
import { createSigner, newAuthor, type Signer } from './tokens.ts';

type Environment = Record<string, string>;

interface RunningOptions {
  databaseUrl: string;
  redisUrl?: string | null;
  environment?: Environment;
  /** Where the verifying keys come from. By default those of `signer`. */
  fetchJwks?: () => Promise<unknown>;
  signer?: Signer;
}

/** What a call was answered with. */
export interface Answer {
  status: number;
  headers: Headers;
  /** `X-Cache`. */
  cache: string | null;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON the test expects
  json: any;
  /** As `fetch` gave it, its body still unread. */
  response: Response;
}

interface CallOptions {
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: string;
}

/** `call('GET', '/api/posts')`, with somebody's token. */
export type Caller = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** The post service as `main.ts` wires it, on free ports of this machine. */
export interface RunningService {
  url: string;
  metrics: Metrics;
  logLines: Record<string, unknown>[];
  signer: Signer;
  /** Calls without any token. */
  anonymous: Caller;
  /** Calls with a fresh token of this user. */
  as(author?: Author): Promise<Caller>;
  /** The admin port's answer. */
  admin(path: string): Promise<Answer>;
  ready: Promise<void>;
  /** Waits for Redis too: until it is there reads go past it. */
  connected(): Promise<void>;
  stop(): Promise<boolean>;
}

export async function runService(options: RunningOptions): Promise<RunningService> {
  const { databaseUrl, redisUrl, environment, signer = await createSigner() } = options;
  const config = readPostConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_PORT: '0',
    // A busy machine must not turn a HIT into a FALLBACK.
    CACHE_TIMEOUT_MS: '5000',
    // One user writes what many would.
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

/** Calls a server, with a token if there is one. */
export function callerOf(url: string, token?: string): Caller {
  return async (method, path, { headers, body, raw } = {}) => {
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url + path, {
      method,
      // Otherwise fetch adds `Cache-Control: no-cache` to any If-None-Match, and so forbids a 304.
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
