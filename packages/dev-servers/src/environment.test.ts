import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { findProgram } from './environment.ts';

test('finds the first program of the PATH that may be run', async () => {
  const parent = mkdtempSync(path.join(tmpdir(), 'relay-path-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const [folder, text, first, second] = ['a', 'b', 'c', 'd'].map((name) => path.join(parent, name));
  mkdirSync(path.join(folder!, 'tool'), { recursive: true });
  for (const [place, mode] of [
    [text!, 0o644],
    [first!, 0o755],
    [second!, 0o755],
  ] as const) {
    mkdirSync(place);
    writeFileSync(path.join(place, 'tool'), '', { mode });
  }
  vi.stubEnv('PATH', ['', folder, text, first, second].join(path.delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await findProgram('tool')).toBe(path.join(first!, 'tool'));
  expect(await findProgram('no-such-tool')).toBeUndefined();
});
