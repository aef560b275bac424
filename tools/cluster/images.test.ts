import { expect, test } from 'vitest';

import { failure, fakeRun } from '../kit/testing/fake-run.ts';
import { buildImage, imageValues, tagOf } from './images.ts';

const ID = 'sha256:2d4f799e286a5a3c1bd1f0d2b6f37e5a49ad8f0a6c3c2a7c5a0e3f6b9c8d7e6f';
const HERE = { registry: undefined, dockerBuildFlags: [] };
const noReport = () => {};

test("a tag is made of the image's content, so the same content has the same tag", () => {
  expect(tagOf(`${ID}\n`)).toBe('dev-2d4f799e286a');
  expect(tagOf(ID.replace('sha256:', ''))).toBe(tagOf(ID));
});

test('rejects anything but an image id', () => {
  expect(() => tagOf('')).toThrow(/Not the id/);
});

test('builds the image of a service and tags it by its content', async () => {
  const { run, commands } = fakeRun([[/image inspect/, ID]]);
  const image = await buildImage(run, 'auth', HERE, noReport);
  expect(image).toEqual({ service: 'auth', repository: 'relay-auth', tag: 'dev-2d4f799e286a' });
  expect(commands[0]).toBe('docker build --build-arg SERVICE=auth --tag relay-auth:dev .');
  expect(commands.at(-1)).toBe('docker tag relay-auth:dev relay-auth:dev-2d4f799e286a');
});

test('passes the flags of the user on to docker build', async () => {
  const { run, commands } = fakeRun([[/image inspect/, ID]]);
  const dockerBuildFlags = ['--network', 'host'];
  await buildImage(run, 'post', { ...HERE, dockerBuildFlags }, noReport);
  expect(commands[0]).toContain(' --network host ');
});

test('the name of an image for a registry begins with the registry', async () => {
  const { run } = fakeRun([[/image inspect/, ID]]);
  const image = await buildImage(run, 'post', { ...HERE, registry: 'ghcr.io/you' }, noReport);
  expect(image.repository).toBe('ghcr.io/you/relay-post');
});

test('a failed build reports the cause', async () => {
  const { run } = fakeRun([[/docker build/, failure('COPY failed')]]);
  await expect(buildImage(run, 'post', HERE, noReport)).rejects.toThrow(/COPY failed/);
});

test('reports the steps that may take long, without their output', async () => {
  const reported: string[] = [];
  const run = fakeRun([[/image inspect/, ID]]).run;
  await buildImage(
    (program, args, options) => {
      for (const line of [
        '#7 [service 2/4] COPY a b',
        '#8 [service 3/4] RUN npm ci',
        '#8 0.51 npm',
      ]) {
        options?.onLine?.(line);
      }
      return run(program, args, options);
    },
    'post',
    HERE,
    (line) => reported.push(line),
  );
  expect(reported).toEqual(['[service 3/4] RUN npm ci']);
});

test('sets the images of the chart as strings, because a tag may look like a number', () => {
  const image = { service: 'auth', repository: 'relay-auth', tag: 'dev-000000000000' } as const;
  expect(imageValues([image])).toEqual([
    '--set-string',
    'auth.image.repository=relay-auth,auth.image.tag=dev-000000000000',
  ]);
});
