import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { UserError } from '../kit/cli.ts';
import { breachesIn } from './rules.ts';
import { isRead, proseOf } from './text.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** They contain the words of the rules. */
const SAMPLES = new Set(['tools/prose/rules.ts', 'tools/prose/prose.test.ts']);
const SKIPPED =
  /(?:^|\/)(?:node_modules|coverage|dist|(?:bench|load)-results|\.(?!github$|ci$)[^/]+)$/;

/** Prints every hit in files and folders, by default of the whole repository. Resolves with the exit code. */
export async function run(paths: readonly string[]): Promise<number> {
  const names = paths.map((name) => path.relative(ROOT, path.resolve(name)));
  const lines = (names.length > 0 ? names : ['']).flatMap(hitsUnder);
  for (const line of lines) console.log(line);
  return lines.length > 0 ? 1 : 0;
}

/**
 * The hits in a file, or in a folder's files, each as a line.
 *
 * @param name a path from the root of the repository; empty for the root
 */
export function hitsUnder(name: string): string[] {
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

function hitsIn(file: string): string[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  return proseOf(file, source).flatMap(({ start, text }) =>
    breachesIn(text).map(({ index, words, hint }) => {
      const line = source.slice(0, start + index).split('\n').length;
      return `${file}:${line}  "${words}": ${hint}`;
    }),
  );
}
