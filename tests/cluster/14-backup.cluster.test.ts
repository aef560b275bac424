import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, inject, onTestFinished, test } from 'vitest';

import { eventually } from '../../tools/kit/wait.ts';
import { logIn, uncachedTitles, type Client } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { commandsUnder, runDocumented } from './support/documents.ts';
import { stopwatch } from './support/stopwatch.ts';

const DOCUMENT = 'docs/operations.md';
/** Enough to reach each pod. */
const READS = 20;

test('the documented restore of the documented backup restores its data', async ({ annotate }) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-backup-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const client = await logIn(inject('email'));
  const kept = await client.post('Before the backup');

  const backedUpIn = await runCommands('Backup', folder);
  for (const file of await readdir(folder, { recursive: true })) {
    const { size } = await stat(path.join(folder, file));
    expect(size).toBeGreaterThan(0);
    await annotate(`backed up in ${backedUpIn}: ${file}, ${size} bytes`);
  }

  await client.send('DELETE', `/api/posts/${kept.id}`);
  await client.post('After the backup');
  const { text } = await client.list();
  expect(text).toContain('After the backup');
  const restoredIn = await runCommands('Restore', folder);
  await relay.settled();

  // A post pod that is ready before the auth service fetches the keys that verify tokens later.
  const restored = await eventually('every pod answers lists', () => titlesOfAllPods(client), {
    withinMs: 30_000,
  });
  expect(restored).toContain('Before the backup');
  expect(restored).not.toContain('After the backup');
  // The cache must have no entry of the replaced data.
  const answers = [await client.list(), await client.send('GET', `/api/posts/${kept.id}`)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[0]!.text).toContain(kept.id);
  expect(answers[0]!.text).not.toContain('After the backup');
  await logIn(client.email);
  await annotate(`restored in ${restoredIn}`);
});

async function titlesOfAllPods(client: Client): Promise<string[]> {
  const lists: string[][] = [];
  for (let read = 0; read < READS; read += 1) lists.push(await uncachedTitles(client));
  return lists.at(-1)!;
}

/** Runs the commands under a heading and returns their duration. */
async function runCommands(heading: string, folder: string): Promise<string> {
  const took = stopwatch();
  const script = await commandsUnder(DOCUMENT, heading);
  await runDocumented(script, { cwd: folder });
  return took();
}
