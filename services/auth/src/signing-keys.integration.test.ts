import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';

import { expect, inject, test } from 'vitest';

import { ensureSigningKeys, readSigningKeys } from './signing-keys.ts';

const makeKey = `
  import { ensureSigningKeys } from ${JSON.stringify(new URL('signing-keys.ts', import.meta.url).href)};
  await ensureSigningKeys(process.argv[1]);
`;

test('a start that broke off while it made a key does not spoil the next', async () => {
  const folder = await mkdtemp(path.join(inject('testFolder'), 'keys-'));
  const node = [process.execPath, '--input-type=module', '--eval', makeKey, folder];
  // A file may be made and nothing be written to it.
  const child = spawn('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', ...node]);
  const [code] = await once(child, 'exit');
  expect(code).not.toBe(0);

  await ensureSigningKeys(folder);
  expect((await readSigningKeys(folder)).jwks.keys).toHaveLength(1);
});
