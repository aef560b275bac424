import { chmodSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, inject, it } from 'vitest';

import { removeAbandoned } from './abandoned.ts';
import { lockFolder } from './folder-lock.ts';
import { commandOf } from './processes.ts';
import { startOwner } from './test-owner.ts';

const binary = inject('redisServer');

describe('removeAbandoned', () => {
  it('ends the servers of a killed run, and removes its folder', async () => {
    const parent = mkdtempSync(path.join(inject('testFolder'), 'runs-'));
    chmodSync(parent, 0o755);
    const run = path.join(parent, 'run-1');
    mkdirSync(run);
    lockFolder(run, 'A test run').release();
    const owners = [
      await startOwner({
        module: 'postgres.ts',
        call: 'startPostgres',
        argument: { dataDir: path.join(run, 'postgres') },
      }),
    ];
    if (binary !== null) {
      const argument = { binary, dir: path.join(run, 'deep/redis') };
      owners.push(await startOwner({ module: 'redis.ts', call: 'startRedis', argument }));
    }
    await Promise.all(owners.map((owner) => owner.kill()));

    await removeAbandoned(parent, 'run-');
    expect(existsSync(run)).toBe(false);
    for (const { reported } of owners) expect(await commandOf(reported.pid)).toBeUndefined();
  });

  it('leaves alone a live run, a run that is just beginning, and other folders', async () => {
    const parent = mkdtempSync(path.join(inject('testFolder'), 'runs-'));
    const folders = ['run-live', 'run-new', 'other'].map((name) => path.join(parent, name));
    for (const folder of folders) mkdirSync(folder);
    const locks = [folders[0], folders[2]].map((folder) => lockFolder(folder ?? '', 'A test run'));
    locks[1]?.release();
    await removeAbandoned(parent, 'run-');
    expect(folders.filter((folder) => existsSync(folder))).toEqual(folders);
    locks[0]?.release();
  });
});
