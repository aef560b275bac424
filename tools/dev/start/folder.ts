import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const DEFAULT_FOLDER = path.join(ROOT, '.relay');

/** Where everything is kept that `npm start` makes. */
export function relayDir(environment: NodeJS.ProcessEnv): string {
  return path.resolve(environment['RELAY_DIR'] || DEFAULT_FOLDER);
}

/** What must stand before a command so that it acts on the Relay of this folder. */
export function commandPrefix(dir: string): string {
  return dir === DEFAULT_FOLDER ? '' : `RELAY_DIR=${quoted(dir)} `;
}

/** For a shell, as short as possible. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Makes the folder, unless it exists.
 *
 * @returns why it cannot be used, or `undefined`
 */
export async function folderProblem(dir: string): Promise<string | undefined> {
  try {
    await mkdir(dir, { recursive: true });
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

const FILE_CODES = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOTDIR',
  'EISDIR',
  'ENOENT',
]);

/** The file that an error of the file system names, and its code; `undefined` for any other error. */
export function fileProblem(error: unknown): { file: string; code: string } | undefined {
  if (!(error instanceof Error) || !('path' in error) || typeof error.path !== 'string') {
    return undefined;
  }
  const code = codeOf(error).replace('ERR_FS_', '');
  return FILE_CODES.has(code) ? { file: error.path, code } : undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
