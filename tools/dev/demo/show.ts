import { styleText } from 'node:util';

import { asCurl, type Answer } from './api.ts';
import type { Counters } from './counters.ts';
import type { Entry } from './redis.ts';
import type { Step } from './steps.ts';

const JSON_HEAD_CHARACTERS = 100;
const CACHE_COLOURS = { HIT: 'green', MISS: 'yellow' } as const;

/** A step before it is taken: its number, what it is for, and the command. */
export function showCall(number: number, baseUrl: string, { title, call }: Step): string {
  const command = asCurl(baseUrl, call).replaceAll('\n', '\n  ');
  return `\n${styleText('bold', `${number}. ${title}`)}\n\n  ${styleText('dim', '$')} ${command}\n`;
}

/** What came back. */
export function showAnswer({ expected }: Step, { status, cache, ms }: Answer): string {
  const said = cache === undefined ? '' : `   X-Cache: ${colourOf(cache)}`;
  const line = `  ${status}${said}   ${ms.toFixed(1)} ms`;
  const note = noteOn(expected, cache);
  return note ? `${line}\n  ${styleText('dim', note)}` : line;
}

/** What Redis holds after the step. */
export function showEntry(key: string, entry: Entry | undefined): string {
  if (!entry) return `  Redis   ${key}   not there`;
  const head = entry.json.slice(0, JSON_HEAD_CHARACTERS);
  const rest = entry.json.length > head.length ? '…' : '';
  return `  Redis   ${key}   TTL ${entry.ttlSeconds} s\n          ${styleText('dim', head + rest)}`;
}

/** How the counters grew. */
export function showCounters(before: Counters, after: Counters): string {
  const rows = [...after].flatMap(([key, now]) => {
    const { hits, misses } = before.get(key) ?? { hits: 0, misses: 0 };
    if (now.hits === hits && now.misses === misses) return [];
    return [[key, `${hits} -> ${now.hits}`, `${misses} -> ${now.misses}`]];
  });
  const table = [['key', 'cache_hits_total', 'cache_misses_total'], ...rows];
  const width = (column: number) => Math.max(...table.map((row) => row[column]!.length));
  return table
    .map((row) => row.map((cell, column) => cell.padEnd(width(column))).join('   '))
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
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
    ? 'Somebody else has read this before, so it was in the cache already'
    : 'Somebody else has written meanwhile, so it had left the cache';
}
