import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { findRunning, removeRunning, writeRunning } from './running.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-running-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const noteOf = (adminUrl: string) => ({
  pid: process.pid,
  instance: 'this one',
  apiUrl: 'http://localhost:5000',
  adminUrl,
  databaseUrl: 'postgres://localhost/relay',
  redis: null,
});

const sends =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };

test.each([
  ['is well', sends(200, { status: 'ok', instance: 'this one' })],
  ['has lost its Postgres', sends(503, { status: 'down', instance: 'this one' })],
])('finds a Relay that %s, until that is forgotten', async (_what, answers) => {
  const dir = await folder();
  const note = noteOf(await serverThat(answers));
  await writeRunning(dir, note);
  expect(await findRunning(dir)).toEqual(note);
  await removeRunning(dir);
  expect(await findRunning(dir)).toBeUndefined();
});

test.each([
  ['another Relay', sends(200, { status: 'ok', instance: 'another' })],
  ['a program that answers 200 to everything', sends(200, { status: 'ok' })],
  ['a server without JSON', (_request, response) => void response.end('<html>')],
  ['a server that closes the connection', ({ socket }) => void socket.destroy()],
] satisfies [string, RequestListener][])(
  'ignores the file of a Relay after its port was taken by %s',
  async (_who, answers) => {
    const dir = await folder();
    await writeRunning(dir, noteOf(await serverThat(answers)));
    expect(await findRunning(dir)).toBeUndefined();
  },
);

test('does not believe a note that it cannot read', async () => {
  const dir = await folder();
  for (const text of ['', '{"pid":', '{"pid": 1}']) {
    await writeFile(path.join(dir, 'running.json'), text);
    expect(await findRunning(dir)).toBeUndefined();
  }
});
