import { styleText } from 'node:util';

import type { Answer, Call } from '../../kit/api-client.ts';
import type { CacheCounters } from '../../kit/cache-counters.ts';
import { columns } from '../../kit/table.ts';
import type { Entry } from './redis.ts';
import type { Step } from './steps.ts';

const JSON_HEAD_CHARACTERS = 100;
const CACHE_COLOURS = { HIT: 'green', MISS: 'yellow' } as const;

/** The number, the title and the command of a step. */
export function showCall(number: number, baseUrl: string, { title, call }: Step): string {
  const command = asCurl(baseUrl, call).replaceAll('\n', '\n  ');
  return `\n${styleText('bold', `${number}. ${title}`)}\n\n  ${styleText('dim', '$')} ${command}\n`;
}

/** The answer, with a note if it is not the expected one. */
export function showAnswer({ expected }: Step, { status, cache, ms }: Answer): string {
  const source = cache === undefined ? '' : `   X-Cache: ${colourOf(cache)}`;
  const line = `  ${status}${source}   ${ms.toFixed(1)} ms`;
  const note = noteOn(expected, cache);
  return note ? `${line}\n  ${styleText('dim', note)}` : line;
}

/** The entry in Redis after the step. */
export function showEntry(key: string, entry: Entry | undefined): string {
  if (!entry) return `  Redis   ${key}   not there`;
  const head = entry.json.slice(0, JSON_HEAD_CHARACTERS);
  const rest = entry.json.length > head.length ? '…' : '';
  return `  Redis   ${key}   TTL ${entry.ttlSeconds} s\n          ${styleText('dim', head + rest)}`;
}

/** The counters that grew. */
export function showCounters(before: CacheCounters, after: CacheCounters): string {
  const rows = [...after].flatMap(([key, now]) => {
    const { hits, misses } = before.get(key) ?? { hits: 0, misses: 0 };
    if (now.hits === hits && now.misses === misses) return [];
    return [[key, `${hits} -> ${now.hits}`, `${misses} -> ${now.misses}`]];
  });
  const lines = columns([['key', 'cache_hits_total', 'cache_misses_total'], ...rows]);
  return lines.map((line) => `  ${line}`).join('\n');
}

/** The call as a person would type it; the token is in their shell. */
export function asCurl(baseUrl: string, { method, path, body, token }: Call): string {
  const lines = [`curl${method === 'GET' ? '' : ` -X ${method}`} ${baseUrl}${path}`];
  if (token) lines.push('-H "Authorization: Bearer $TOKEN"');
  if (body) lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(body)}'`);
  return lines.join(' \\\n    ');
}

function colourOf(cache: string): string {
  const colour = cache === 'HIT' || cache === 'MISS' ? CACHE_COLOURS[cache] : 'magenta';
  return styleText(colour, cache.padEnd(4));
}

function noteOn(expected: Step['expected'], cache: string | undefined): string | undefined {
  if (expected === undefined || cache === expected) return undefined;
  if (cache === 'FALLBACK') return 'Redis does not answer: Relay reads from Postgres';
  if (cache === 'STALE') return 'Postgres does not answer: Relay returns an older copy';
  return cache === 'HIT'
    ? 'Another client has read this before, so it was in the cache already'
    : 'Another client has written meanwhile, so it was invalidated';
}
