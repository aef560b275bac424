import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/*
 * Run by npm before and after it packs, and so also by `npm publish -w @relay/cache`.
 *
 * Inside this repository the package runs from its sources. Node refuses TypeScript under
 * node_modules, so the published package is JavaScript. `exports` can name only one of them: npm, unlike
 * pnpm, does not apply `publishConfig.exports`; a custom condition would need a flag at every start;
 * packing a staging folder would leave `npm publish` here free to publish the wrong thing. So
 * `prepare` emits dist/ and points `exports` there, and `restore` takes that back. Should npm die in
 * between, git shows the two changed files, and either step puts them right.
 */
const root = path.join(import.meta.dirname, '..');
const manifest = path.join(root, 'package.json');
const original = path.join(root, 'package.source.json');
const dist = path.join(root, 'dist');

interface Manifest {
  exports: Record<string, unknown>;
  devDependencies?: unknown;
}

function prepare(): void {
  restore();
  rmSync(dist, { recursive: true, force: true });
  const tsc = path.join(root, '../../node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', path.join(root, 'tsconfig.build.json')], {
    // npm's own output, which may be JSON, is on stdout.
    stdio: ['ignore', 2, 2],
  });
  copyScripts();
  const source = readFileSync(manifest, 'utf8');
  const published = publishedFrom(JSON.parse(source) as Manifest);
  writeFileSync(original, source);
  writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`);
}

/** The Lua that the emitted code reads from beside itself. */
function copyScripts(): void {
  const source = path.join(root, 'src');
  for (const file of globSync('**/*.lua', { cwd: source })) {
    cpSync(path.join(source, file), path.join(dist, file));
  }
}

function publishedFrom(source: Manifest): Manifest {
  const entries = Object.entries(source.exports).map(([subpath, file]) => {
    const emitted = String(file).replace('./src/', './dist/').replace(/\.ts$/, '');
    return [subpath, { types: `${emitted}.d.ts`, default: `${emitted}.js` }];
  });
  const published = { ...source, exports: Object.fromEntries(entries) };
  delete published.devDependencies;
  return published;
}

function restore(): void {
  if (existsSync(original)) renameSync(original, manifest);
}

if (process.argv[2] === 'prepare') prepare();
else restore();
