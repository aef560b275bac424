import { readFileSync } from 'node:fs';

const DOCUMENT = new URL('../../docs/metrics.md', import.meta.url);

export interface Selector {
  name: string;
  matchers: string;
}

/** The series that the services emit, by the table in docs/metrics.md. */
export function documentedSeries(): string[] {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `(\w+)`\s*\| (\w+)/gm);
  return [...rows].flatMap(([, name, type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name!],
  );
}

export function selectorsOf(expr: string): Selector[] {
  const found = expr.matchAll(/([a-zA-Z_:][\w:]*)\{((?:[^"}]|"[^"]*")*)\}/g);
  return [...found].map(([, name, matchers]) => ({ name: name!, matchers: matchers! }));
}

/** The metrics that a query names, with a selector or without. */
export function metricsOf(expr: string): string[] {
  return [...selectorsOf(expr).map(({ name }) => name), ...unselectedOf(expr)];
}

/** Those that it names without a selector: of everything that Prometheus has. */
export function unselectedOf(expr: string): string[] {
  const rest = expr
    .replaceAll(/[\w:]+\{(?:[^"}]|"[^"]*")*\}/g, '')
    .replaceAll(/"[^"]*"|\[[^\]]+\]|\boffset \w+/g, '');
  const outside = rest.replaceAll(/\b(?:by|on|group_left) \([^)]*\)/g, '');
  const words = [...outside.matchAll(/([a-zA-Z_:][\w:]*)(?!\w*\()/g)].map(([word]) => word);
  return words.filter(
    (word) => !/^(?:and|or|unless|sum|min|max|count|topk|by|on|group_left)$/.test(word),
  );
}
