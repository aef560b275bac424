import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import { start } from '../../tools/dev/start/testing/processes.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const LIST_MODULES = path.join(import.meta.dirname, 'list-modules.ts');

const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const commands = Object.entries(manifest.scripts)
  .filter(([, command]) => command.startsWith('node '))
  .map(([name, command]) => ({ name, args: command.split(' ').slice(1) }));

/** Without the machine's settings: no command needs one to refuse its arguments. */
const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

function run(args: string[]) {
  return start(process.execPath, args, environment).ended;
}

test('every command checks the version of Node', () => {
  expect(commands.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['start', 'demo', 'seed', 'redis', 'reset', 'cluster:down', 'drill']),
  );
  for (const { args } of commands) {
    expect(args.slice(0, 2)).toEqual(['-r', './tools/kit/check-node.cjs']);
  }
});

describe.each([
  ...commands,
  {
    name: 'bench -- cache',
    args: [...commands.find(({ name }) => name === 'bench')!.args, 'cache'],
  },
])('npm run $name', ({ args }) => {
  test('answers --help with its usage, and loads no library for it', async () => {
    const { code, output } = await run(['--import', LIST_MODULES, ...args, '--help']);
    const lines = output.trimEnd().split('\n');
    const urls = JSON.parse(lines.pop()!) as string[];
    expect({ code, output: lines.join('\n') }).toEqual({
      code: 0,
      output: expect.stringMatching(/npm (run|start)/),
    });
    const files = urls.filter((url) => !url.startsWith('node:'));
    expect(files.length).toBeGreaterThan(1);
    const root = pathToFileURL(ROOT).href;
    const heavy = /\/node_modules\/|\/(packages|services)\/[\w-]+\/src\//;
    expect(files.filter((url) => !url.startsWith(root) || heavy.test(url))).toEqual([]);
  });

  test('refuses an unknown flag', async () => {
    const { code, output } = await run([...args, '--no-such-flag']);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('no-such-flag') });
    expect(output).not.toMatch(/^ +at /m);
  });
});
