// A title is a beginning, a subject and an ending: about 3,800 in all.

export const BEGINNINGS = (
  'How we rewrote|Common mistakes with|A visual guide to|Ten years with|Debugging|The hidden cost of|' +
  'Understanding|In praise of|Why we gave up on|Building|A field guide to|Show Relay:|' +
  'Poll: do you still use|Lessons from|The case against|Measuring'
).split('|');

export const SUBJECTS = (
  'a link cache|Postgres indexes|Redis leases|our job queue|the event loop|a tiny compiler|Kubernetes probes|' +
  'the write-ahead log|cursor pagination|a B-tree|feature flags|our test suite|a rate limiter|' +
  'graceful shutdown|the garbage collector|retries and back-off|hash slots|a search index|tail latency|' +
  'connection pools'
).split('|');

export const ENDINGS = (
  '|| in production| at scale| in 200 lines of TypeScript| on a small budget| without downtime|, explained|' +
  ' (2025)| [video]| for the rest of us| in one weekend'
).split('|');

export const HOSTS = (
  'blog.example.com|news.example.org|engineering.example.net|papers.example.edu|notes.example.dev|' +
  'video.example.com'
).split('|');
