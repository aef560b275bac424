import type { Random } from './random.ts';

const SUBJECTS = [
  'a link cache',
  'Postgres indexes',
  'Redis leases',
  'our job queue',
  'the event loop',
  'a tiny compiler',
  'Kubernetes probes',
  'the write-ahead log',
  'cursor pagination',
  'a B-tree',
  'feature flags',
  'our test suite',
  'a rate limiter',
  'graceful shutdown',
  'the garbage collector',
  'retries and back-off',
  'hash slots',
  'a search index',
  'tail latency',
  'connection pools',
];

const BEGINNINGS = [
  'How we rewrote',
  'What nobody tells you about',
  'A visual guide to',
  'Ten years with',
  'Debugging',
  'The hidden cost of',
  'Understanding',
  'In praise of',
  'Why we gave up on',
  'Building',
  'A field guide to',
  'Show Relay:',
  'Ask Relay: who still uses',
  'Lessons from',
  'The case against',
  'Measuring',
];

const ENDINGS = [
  '',
  '',
  ' in production',
  ' at scale',
  ' in 200 lines of TypeScript',
  ' on a small budget',
  ' without downtime',
  ', explained',
  ' (2025)',
  ' [video]',
  ' for the rest of us',
  ' and lived to tell',
];

const HOSTS = [
  'blog.example.com',
  'news.example.org',
  'engineering.example.net',
  'papers.example.edu',
  'notes.example.dev',
  'video.example.com',
];

/** A title such as people give their links, and a URL that belongs to it. */
export function inventLink(number: number, random: Random): { title: string; url: string } {
  const title = `${random.pick(BEGINNINGS)} ${random.pick(SUBJECTS)}${random.pick(ENDINGS)}`;
  const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return { title, url: `https://${random.pick(HOSTS)}/${slug}-${number}` };
}
