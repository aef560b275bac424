import { expect, test } from 'vitest';

import { UserError } from './cli.ts';
import { assertPrograms } from './programs.ts';
import { failure, fakeRun } from './testing/fake-run.ts';

const PROGRAMS = ['docker', 'kind', 'kubectl', 'helm'] as const;
const having = (names: readonly string[]) => async (name: string) =>
  names.includes(name) ? `/usr/bin/${name}` : undefined;

test('passes if every program is found and Docker answers', async () => {
  const { run } = fakeRun([[/docker version/, '28.2.2']]);
  await expect(
    assertPrograms({ programs: PROGRAMS, findProgram: having(PROGRAMS), run }),
  ).resolves.toBeUndefined();
});

test('names every missing program and its source in one message', async () => {
  const { run, commands } = fakeRun();
  const error = await assertPrograms({
    programs: PROGRAMS,
    findProgram: having(['docker', 'kubectl']),
    run,
  }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).toMatch(/^ {2}kind +https:\/\/kind\.sigs\.k8s\.io/m);
  expect(message).toMatch(/^ {2}helm +https:\/\/helm\.sh/m);
  expect(message).not.toMatch(/docker|kubectl/);
  expect(commands).toEqual([]);
});

test('distinguishes a stopped Docker engine from a missing Docker', async () => {
  const { run } = fakeRun([[/docker version/, failure('Cannot connect to the Docker daemon')]]);
  await expect(
    assertPrograms({ programs: PROGRAMS, findProgram: having(PROGRAMS), run }),
  ).rejects.toThrow(/engine does not answer[^]*Cannot connect to the Docker daemon/);
});

test('does not call Docker if it is not needed', async () => {
  const { run, commands } = fakeRun();
  await assertPrograms({ programs: ['kubectl'], findProgram: having(['kubectl']), run });
  expect(commands).toEqual([]);
});
