import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';

import { LocalServiceError, postgresDataFolders, removeServerData } from '@relay/dev-servers';

import { UsageError } from '../../kit/usage.ts';
import { fileProblem, relayDir } from '../start/folder.ts';
import { findRunning } from '../start/running.ts';
import type { ResetOptions } from './options.ts';

/** The data cannot be deleted; the message says why. */
class ResetError extends Error {
  override readonly name = 'ResetError';
}

export const expectedErrors = [ResetError, LocalServiceError];

/** What `npm start` keeps in its folder beside the folders of the servers, and nothing else. */
const OWN_FILES = ['signing-keys', 'database-passwords.json', 'running.json', 'redis.stopped'];

export async function run({ yes }: ResetOptions): Promise<void> {
  const dir = relayDir(process.env);
  const running = await findRunning(dir);
  if (running) {
    throw new ResetError(
      `Relay runs on ${dir}: ${running.apiUrl} (process ${running.pid}). Stop it first.`,
    );
  }
  const servers = [
    ...(await postgresDataFolders(path.join(dir, 'postgres'))),
    path.join(dir, 'redis'),
  ];
  const files = OWN_FILES.map((name) => path.join(dir, name));
  const there = await existing([...servers, ...files]);
  if (there.length === 0) {
    console.log(`There is no data in ${dir}.`);
    return;
  }
  if (!yes && !(await agrees(there))) {
    console.log('Nothing was deleted.');
    return;
  }
  try {
    // First those that a Relay in its start may hold: then nothing is deleted at all.
    for (const folder of servers) await removeServerData(folder);
    for (const file of files) await rm(file, { recursive: true, force: true });
  } catch (error) {
    const problem = fileProblem(error);
    if (!problem) throw error;
    const message = `${problem.file} cannot be deleted (${problem.code}). Delete it as its owner.`;
    throw new ResetError(message, { cause: error });
  }
  console.log(`Deleted:\n${indented(there)}\nThe next npm start begins with an empty database.`);
}

async function agrees(files: string[]): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'Nobody can be asked here: add --yes to delete all data without a question.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const question = `All data is deleted:\n${indented(files)}\nGo on? [y/N] `;
    // Ctrl-C and Ctrl-D close it without an answer.
    terminal.once('SIGINT', () => terminal.close());
    const closed = once(terminal, 'close').then(() => '');
    const asked = terminal.question(question).catch(() => '');
    const answer = await Promise.race([asked, closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

async function existing(files: string[]): Promise<string[]> {
  const found = await Promise.all(
    files.map((file) =>
      stat(file).then(
        () => file,
        () => undefined,
      ),
    ),
  );
  return found.filter((file) => file !== undefined);
}

const indented = (lines: string[]) => lines.map((line) => `  ${line}`).join('\n');
