import { expect, test } from 'vitest';

import { ClusterError } from './errors.ts';
import { failure, fakeRun } from './testing/fake-run.ts';
import { assertTools } from './tools.ts';

const TOOLS = ['docker', 'kind', 'kubectl', 'helm'] as const;
const having = (names: readonly string[]) => async (name: string) =>
  names.includes(name) ? `/usr/bin/${name}` : undefined;

test('says nothing when all is there and Docker runs', async () => {
  const { run } = fakeRun([[/docker version/, '28.2.2']]);
  await expect(
    assertTools({ tools: TOOLS, findProgram: having(TOOLS), run }),
  ).resolves.toBeUndefined();
});

test('names every tool that is missing, and where to get each, at once', async () => {
  const { run, commands } = fakeRun();
  const error = await assertTools({
    tools: TOOLS,
    findProgram: having(['docker', 'kubectl']),
    run,
  }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ClusterError);
  const { message } = error as ClusterError;
  expect(message).toMatch(/^ {2}kind +https:\/\/kind\.sigs\.k8s\.io/m);
  expect(message).toMatch(/^ {2}helm +https:\/\/helm\.sh/m);
  expect(message).not.toMatch(/docker|kubectl/);
  expect(commands).toEqual([]);
});

test('a Docker that does not run is told from one that is not there', async () => {
  const { run } = fakeRun([[/docker version/, failure('Cannot connect to the Docker daemon')]]);
  await expect(assertTools({ tools: TOOLS, findProgram: having(TOOLS), run })).rejects.toThrow(
    /engine does not answer[^]*Cannot connect to the Docker daemon/,
  );
});

test('does not ask for Docker where it is not needed', async () => {
  const { run, commands } = fakeRun();
  await assertTools({ tools: ['kubectl'], findProgram: having(['kubectl']), run });
  expect(commands).toEqual([]);
});
