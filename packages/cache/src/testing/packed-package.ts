import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const packageRoot = path.join(import.meta.dirname, '../..');
const repository = path.join(packageRoot, '../..');

/** The archive that `npm publish` would upload. */
export interface Packed {
  file: string;
  paths: string[];
}

/** Packs a copy: packing rewrites package.json for a moment, and others run from this one meanwhile. */
export async function pack(work: string): Promise<Packed> {
  const copy = path.join(work, 'repository');
  const target = path.join(copy, 'packages/cache');
  const skipped = new Set(['node_modules', 'dist'].map((name) => path.join(packageRoot, name)));
  await cp(packageRoot, target, { recursive: true, filter: (file) => !skipped.has(file) });
  await cp(path.join(repository, 'tsconfig.json'), path.join(copy, 'tsconfig.json'));
  await symlink(path.join(repository, 'node_modules'), path.join(copy, 'node_modules'));
  const { stdout } = await npm(target, 'pack', '--json', '--pack-destination', work);
  // npm 12 names each report after its package; earlier ones return a list.
  const reports = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Record<string, NpmReport>;
  const { filename, files } = Object.values(reports)[0]!;
  return { file: path.join(work, filename), paths: files.map((file) => file.path) };
}

interface NpmReport {
  filename: string;
  files: { path: string }[];
}

/** The version of a development dependency of this package or of the repository. */
export async function versionOf(name: string): Promise<string> {
  for (const folder of [packageRoot, repository]) {
    const manifest = await readFile(path.join(folder, 'package.json'), 'utf8');
    const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
    if (devDependencies[name]) return devDependencies[name];
  }
  throw new Error(`${name} is no development dependency`);
}

function npm(cwd: string, ...args: string[]) {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd });
}

/** A project that installed the package, in a folder of its own. */
export interface Project {
  folder: string;
  /** Runs a program and resolves with its output, its lines joined by commas. */
  run(name: string, code: string, env?: Record<string, string>, node?: string): Promise<string>;
  /** Type checks programs under `strict`; resolves with the compiler's complaints. */
  check(programs: readonly string[], ...options: string[]): Promise<string>;
}

export async function createProject(
  folder: string,
  manifest: object | 'npm init',
  dependencies: readonly string[],
): Promise<Project> {
  await mkdir(folder);
  if (manifest === 'npm init') await npm(folder, 'init', '-y');
  else await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  await npm(folder, 'install', '--prefer-offline', ...dependencies);

  return {
    folder,
    async run(name, code, env = {}, node = process.execPath) {
      const file = path.join(folder, name);
      await writeFile(file, code);
      const { stdout } = await run(node, [file], { cwd: folder, env, timeout: 15_000 });
      return stdout.trim().replaceAll('\n', ', ');
    },
    async check(programs, ...options) {
      const files = programs.map((_, index) => `checked-${index}.mts`);
      const write = (name: string, index: number) =>
        writeFile(path.join(folder, name), programs[index]!);
      await Promise.all(files.map(write));
      const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
      const fixed = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023'];
      const args = [tsc, ...fixed, '--types', 'node', ...options, ...files];
      const { stdout } = await run(process.execPath, args, { cwd: folder }).catch(
        (failure: { stdout: string }) => failure,
      );
      return stdout;
    },
  };
}
