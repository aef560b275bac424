import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createContext, runInContext } from 'node:vm';

import { expect, test } from 'vitest';

const source = readFileSync(path.join(import.meta.dirname, 'check-node.cjs'), 'utf8');

/** Runs the check on a Node of that version. */
function check(version: string, execArgv: string[] = []) {
  let output = '';
  let code: number | undefined;
  const process = {
    versions: { node: version },
    execPath: '/usr/bin/node',
    execArgv,
    stderr: { write: (text: string) => (output += text) },
    exit: (given: number) => (code = given),
  };
  runInContext(source, createContext({ process }));
  return { output, code, execArgv: [...process.execArgv] };
}

test('a Node that cannot run TypeScript is refused with the cause and the remedy', () => {
  const { output, code } = check('20.20.2');
  expect(code).toBe(1);
  expect(output).toContain('needs Node 24, and this is 20.20.2 (/usr/bin/node)');
  expect(output).toContain('--ignore-scripts');
  expect(output).toContain('npm rebuild node --ignore-scripts=false');
});

test.each(['24.0.0', '26.1.0'])('Node %s passes', (version) => {
  expect(check(version)).toMatchObject({ output: '', code: undefined });
});

test('child processes do not inherit the check, because its path is relative', () => {
  const flags = ['-r', './tools/kit/check-node.cjs', '--import', '@relay/tracing'];
  expect(check('24.21.0', flags).execArgv).toEqual(['--import', '@relay/tracing']);
});
