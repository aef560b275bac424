import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';

import { DevServerError, postgresDataFolders, removeServerData } from '@relay/dev-servers';

import { UsageError, UserError } from '../../kit/cli.ts';
import { fileProblem, relayDir, relayFiles } from '../start/folder.ts';
import { findRunning } from '../start/running.ts';
import type { ResetOptions } from './options.ts';

export const expectedErrors = [DevServerError];

export async function run({ yes }: ResetOptions, environment: NodeJS.ProcessEnv): Promise<void> {
  const dir = relayDir(environment);
  const running = await findRunning(dir);
  if (running) {
    throw new UserError(
      `Relay runs on ${dir}: ${running.apiUrl} (process ${running.pid}). Stop it first.`,
    );
  }
  const { postgres, redis, ...others } = relayFiles(dir);
  const servers = [...(await postgresDataFolders(postgres)), redis];
  const files = Object.values(others);
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
    // The servers' folders first: a starting Relay holds one of them, and then nothing is deleted.
    for (const folder of servers) await removeServerData(folder);
    for (const file of files) await rm(file, { recursive: true, force: true });
  } catch (error) {
    const problem = fileProblem(error);
    if (!problem) throw error;
    const message = `${problem.file} cannot be deleted (${problem.code}). Delete it as its owner.`;
    throw new UserError(message, { cause: error });
  }
  console.log(`Deleted:\n${indented(there)}\nThe next npm start begins with an empty database.`);
}

async function agrees(files: string[]): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'There is no terminal for the confirmation: add --yes to delete all data without it.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const question = `All data is deleted:\n${indented(files)}\nGo on? [y/N] `;
    // Ctrl-C and Ctrl-D close it without an answer.
    terminal.once('SIGINT', () => terminal.close());
    const closed = once(terminal, 'close').then(() => '');
    const typed = terminal.question(question).catch(() => '');
    const answer = await Promise.race([typed, closed]);
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
