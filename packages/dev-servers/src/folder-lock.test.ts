import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DevServerError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'relay-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('lockFolder', () => {
  it('holds a folder until released, naming the holder to others', () => {
    const lock = lockFolder(folder, 'Postgres');
    expect(() => lockFolder(folder, 'Postgres')).toThrow(
      `Postgres already runs on ${folder}, started by process ${process.pid}`,
    );
    lock.release();
    lock.release();
    lockFolder(folder, 'Postgres').release();
  });

  it('holds folders apart', () => {
    const other = mkdtempSync(path.join(folder, 'other-'));
    const lock = lockFolder(folder, 'Redis');
    const second = lockFolder(other, 'Redis');
    lock.release();
    expect(() => lockFolder(other, 'Redis')).toThrow(`already runs on ${other}`);
    second.release();
  });

  it('names the folder that it cannot use', () => {
    const missing = path.join(folder, 'missing');
    expect(() => lockFolder(missing, 'Redis')).toThrow(DevServerError);
    expect(() => lockFolder(missing, 'Redis')).toThrow(`Redis cannot use ${missing}`);
  });
});
