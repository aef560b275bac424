import { freePort } from '@relay/dev-servers';
import { expect, onTestFinished, test } from 'vitest';

import { relay } from './support/cluster.ts';
import { portForwardsIn } from './support/documents.ts';
import { firstAnswer, portForward } from './support/port-forward.ts';

const DOCUMENTS = ['README.md', 'docs/operations.md'];

const commands = [...new Set((await Promise.all(DOCUMENTS.map(portForwardsIn))).flat())];

test('the documents forward ports of the services, of Redis, of Postgres and of Prometheus', () => {
  const all = commands.join('\n');
  for (const name of ['relay-auth', 'relay-post', 'relay-redis', 'relay-postgres', 'prometheus']) {
    expect(all).toContain(name);
  }
});

test.for(commands)('%s', async (documented, { annotate, skip }) => {
  skip(!(await isThere(documented)), 'this cluster has no such Service');
  const command = await onFreePort(documented);
  const { port, targetPort, close } = await portForward(command);
  onTestFinished(close);
  const said = await firstAnswer(port, greetingFor(targetPort));
  expect(said).toMatch(answerOf(targetPort));
  await annotate(`${command}: ${said.split('\r\n')[0]}`);
});

/** PostgreSQL's question whether TLS is spoken, which needs no password. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

function greetingFor(targetPort: number): Buffer | string {
  if (targetPort === 6379) return 'PING\r\n';
  if (targetPort === 5432) return SSL_REQUEST;
  return 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
}

function answerOf(targetPort: number): RegExp {
  if (targetPort === 6379) return /^(\+PONG|-NOAUTH)/;
  if (targetPort === 5432) return /^[NS]$/;
  return /^HTTP\/1\.1 (200|30\d|401|404)/;
}

/** To the letter, unless something else on this machine has the port. */
async function onFreePort(command: string): Promise<string> {
  const [ports, local, remote] = /(\d+):(\d+)$/.exec(command)!;
  return command.replace(ports, `${await freePort(Number(local))}:${remote}`);
}

/** Grafana, for one, is not in every cluster that has Prometheus. */
async function isThere(command: string): Promise<boolean> {
  const [, namespace, service] = /-n (\S+) port-forward (svc\/\S+)/.exec(command)!;
  const options = [`--namespace=${namespace}`, '--ignore-not-found', '--output=name'];
  return (await relay.kubectl('get', service!, ...options)) !== '';
}
