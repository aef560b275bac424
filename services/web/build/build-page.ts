import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const WORKSPACE = path.join(import.meta.dirname, '..');

/**
 * Builds the page into a folder, which is emptied first. In a process of its own: the build takes a hundred
 * megabytes.
 *
 * @throws the error of the process, with its output, or an AbortError
 */
export async function buildPage(outDir: string, signal?: AbortSignal): Promise<void> {
  const vite = path.join(fileURLToPath(import.meta.resolve('vite/package.json')), '../bin/vite.js');
  const options = ['--configLoader', 'native', '--logLevel', 'warn', '--outDir', outDir];
  await promisify(execFile)(process.execPath, [vite, 'build', ...options, '--emptyOutDir'], {
    cwd: WORKSPACE,
    env: { NODE_ENV: 'production' },
    ...(signal && { signal }),
  });
}
