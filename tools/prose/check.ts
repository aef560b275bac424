import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { UserError } from '../kit/cli.ts';
import { columns } from '../kit/table.ts';
import { breachesIn, type Breach } from './rules.ts';
import { isRead, proseOf } from './text.ts';

/** A breach with its place. */
interface Hit extends Breach {
  /** From the root of the repository. */
  file: string;
  line: number;
}

const ROOT = path.join(import.meta.dirname, '../..');
const BUDGET = path.join(import.meta.dirname, 'budget.json');
/** They contain the words of the rules. */
const SAMPLES = new Set(['tools/prose/rules.ts', 'tools/prose/prose.test.ts']);
const SKIPPED =
  /(?:^|\/)(?:node_modules|coverage|dist|(?:bench|load)-results|\.(?!github$|ci$)[^/]+)$/;
/** From the more specific to the more general. */
const AREAS = [
  'packages/cache',
  'packages/service-kit',
  'packages',
  'services',
  'tools',
  'load',
  'tests',
  'charts',
  'grafana',
  'docs',
];
/** The area of all other files. */
const REST = 'root';

const areaOf = (file: string) => AREAS.find((area) => file.startsWith(`${area}/`)) ?? REST;

/** Runs the check. Resolves with the exit code. */
export async function run(paths: readonly string[]): Promise<number> {
  if (paths.length > 0) {
    const hits = paths.flatMap((name) => hitsUnder(path.relative(ROOT, path.resolve(name))));
    for (const hit of hits) console.log(lineOf(hit));
    return hits.length > 0 ? 1 : 0;
  }
  const { hits, rows, excess } = compare();
  console.log(columns([['area', 'hits', 'budget'], ...rows]).join('\n'));
  for (const hit of hits.filter(({ file }) => excess.includes(areaOf(file)))) {
    console.log(lineOf(hit));
  }
  return excess.length > 0 ? 1 : 0;
}

/** The hits of the whole repository, and the areas with more hits than their budget. */
export function compare(): { hits: Hit[]; rows: string[][]; excess: string[] } {
  const hits = hitsUnder('');
  const budget = JSON.parse(readFileSync(BUDGET, 'utf8')) as Record<string, number>;
  const counts = [...AREAS, REST].map((area) => ({
    area,
    count: hits.filter(({ file }) => areaOf(file) === area).length,
    limit: budget[area] ?? 0,
  }));
  return {
    hits,
    rows: counts.map(({ area, count, limit }) => [
      area,
      `${count}`,
      `${limit}`,
      noteOn(count, limit),
    ]),
    excess: counts.filter(({ count, limit }) => count > limit).map(({ area }) => area),
  };
}

function noteOn(count: number, limit: number): string {
  if (count > limit) return 'over budget';
  return count < limit ? `lower the budget to ${count}` : '';
}

/** The hits of a file, or of a folder's files, as a path from the root. */
function hitsUnder(name: string): Hit[] {
  const cwd = path.join(ROOT, name);
  if (!existsSync(cwd)) throw new UserError(`No such file or folder: ${name}`);
  if (statSync(cwd).isFile()) return isRead(name) ? hitsIn(name) : [];
  return globSync('**/*', { cwd, exclude: (file) => SKIPPED.test(file) })
    .concat(name === '' ? globSync('{.github,.ci}/**/*', { cwd }) : [])
    .map((file) => path.join(name, file))
    .filter(
      (file) => isRead(file) && !SAMPLES.has(file) && statSync(path.join(ROOT, file)).isFile(),
    )
    .toSorted()
    .flatMap(hitsIn);
}

function hitsIn(file: string): Hit[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  return proseOf(file, source).flatMap(({ start, text }) =>
    breachesIn(text).map((breach) => {
      const line = source.slice(0, start + breach.index).split('\n').length;
      return { ...breach, file, line };
    }),
  );
}

function lineOf({ file, line, words, hint }: Hit): string {
  return `${file}:${line}  "${words}": ${hint}`;
}
