import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const DEFAULT_FOLDER = path.join(ROOT, '.relay');

/** The folder of the data of `npm start`. */
export function relayDir(environment: NodeJS.ProcessEnv): string {
  return path.resolve(environment['RELAY_DIR'] || DEFAULT_FOLDER);
}

/** The files and folders of `npm start` in that folder. Other files there are the user's own. */
export function relayFiles(dir: string) {
  return {
    postgres: path.join(dir, 'postgres'),
    redis: path.join(dir, 'redis'),
    signingKeys: path.join(dir, 'signing-keys'),
    passwords: path.join(dir, 'database-passwords.json'),
    running: path.join(dir, 'running.json'),
    redisStopped: path.join(dir, 'redis.stopped'),
  };
}

/**
 * An npm command for the Relay of a folder, as a user types it in a terminal without RELAY_DIR.
 *
 * @example npmCommand('/tmp/relay-2', 'run reset') // RELAY_DIR=/tmp/relay-2 npm run reset
 */
export function npmCommand(dir: string, command: string): string {
  return `${dir === DEFAULT_FOLDER ? '' : `RELAY_DIR=${quoted(dir)} `}npm ${command}`;
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Makes the folder, unless it exists.
 *
 * @returns the code of the error if it cannot be used, such as EACCES
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
