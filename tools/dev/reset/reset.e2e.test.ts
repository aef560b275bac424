import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, test } from 'vitest';

import { commandOf } from '../../../packages/dev-servers/src/processes.ts';
import { newClient } from '../../kit/api-client.ts';
import { runScript } from '../start/testing/processes.ts';
import { environment, relayFolder, serversOn, startRelay } from '../start/testing/relay.ts';

const reset = (dir: string, ...args: string[]) =>
  runScript('tools/dev/reset/main.ts', args, environment(dir));

test('empties the data, and nothing else, and only while Relay is stopped', async () => {
  const dir = await relayFolder();
  await writeFile(path.join(dir, 'mine.txt'), 'kept');
  const first = await startRelay(dir);
  await (await newClient(first.apiUrl)).post('Gone');

  const refused = await reset(dir, '--yes');
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('Stop it first') });
  expect(refused.output).toContain(first.apiUrl);
  await first.stop();

  // No terminal for the answer.
  expect(await reset(dir)).toMatchObject({ code: 2, output: expect.stringContaining('--yes') });
  expect(await readdir(dir)).toContain('postgres');

  const done = await reset(dir, '--yes');
  expect(done).toMatchObject({ code: 0, output: expect.stringContaining('Deleted:') });
  expect(done.output).toContain(path.join(dir, 'postgres'));
  expect(await readdir(dir)).toEqual(['mine.txt']);
  expect(await reset(dir, '--yes')).toMatchObject({
    code: 0,
    output: expect.stringContaining('There is no data'),
  });

  const second = await startRelay(dir);
  expect(await (await newClient(second.apiUrl)).titles()).toEqual([]);
});

test('ends the servers of a killed Relay before it deletes its data', async () => {
  const dir = await relayFolder();
  const killed = await startRelay(dir);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const left = await serversOn(dir);
  expect(left).not.toEqual([]);
  expect(await reset(dir, '--yes')).toMatchObject({ code: 0 });
  expect(await readdir(dir)).toEqual([]);
  for (const pid of left) expect(await commandOf(pid)).toBeUndefined();
});
