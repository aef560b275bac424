import { freePort } from '@relay/dev-servers';
import { expect, onTestFinished, test } from 'vitest';

import { relay } from './support/cluster.ts';
import { portForwardsIn } from './support/documents.ts';
import { firstAnswer, portForward } from './support/port-forward.ts';

const DOCUMENTS = ['README.md', 'docs/operations.md'];

const commands = [...new Set((await Promise.all(DOCUMENTS.map(portForwardsIn))).flat())];

test('the documents forward ports of the services, Redis, Postgres and Prometheus', () => {
  const all = commands.join('\n');
  for (const name of ['relay-auth', 'relay-post', 'relay-redis', 'relay-postgres', 'prometheus']) {
    expect(all).toContain(name);
  }
});

test.for(commands)('%s', async (documented, { annotate, skip }) => {
  skip(!(await serviceExists(documented)), 'the cluster has no such Service');
  const command = await onFreePort(documented);
  const { port, targetPort, close } = await portForward(command);
  onTestFinished(close);
  const answer = await firstAnswer(port, requestTo(targetPort));
  expect(answer).toMatch(expectedFrom(targetPort));
  await annotate(`${command}: ${answer.split('\r\n')[0]}`);
});

/** PostgreSQL's SSLRequest, which needs no password. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

function requestTo(targetPort: number): Buffer | string {
  if (targetPort === 6379) return 'PING\r\n';
  if (targetPort === 5432) return SSL_REQUEST;
  return 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
}

function expectedFrom(targetPort: number): RegExp {
  if (targetPort === 6379) return /^(\+PONG|-NOAUTH)/;
  if (targetPort === 5432) return /^[NS]$/;
  return /^HTTP\/1\.1 (200|30\d|401|404)/;
}

/** As written, unless the port is taken on this machine. */
async function onFreePort(command: string): Promise<string> {
  const [ports, local, remote] = /(\d+):(\d+)$/.exec(command)!;
  return command.replace(ports, `${await freePort(Number(local))}:${remote}`);
}

/** A cluster with Prometheus may lack Grafana. */
async function serviceExists(command: string): Promise<boolean> {
  const [, namespace, service] = /-n (\S+) port-forward (svc\/\S+)/.exec(command)!;
  const options = [`--namespace=${namespace}`, '--ignore-not-found', '--output=name'];
  return (await relay.kubectl('get', service!, ...options)) !== '';
}
