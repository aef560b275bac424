import { createConnection } from 'node:net';

import { forwardPort, type PortForward } from '../../../tools/cluster/kubectl.ts';
import { settings } from './settings.ts';

/** Runs a documented `kubectl … port-forward …` in the cluster of the tests. */
export function portForward(command: string): Promise<PortForward> {
  const [, ...args] = command.split(/\s+/);
  return forwardPort({ context: settings.context, args });
}

/** Sends bytes and gives the beginning of what comes back. */
export function firstAnswer(port: number, request: Buffer | string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 10_000 });
    socket.once('connect', () => socket.write(request));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('latin1'));
    });
    socket.once('timeout', () => socket.destroy(new Error('No answer within 10 s')));
    socket.once('error', reject);
    socket.once('end', () => reject(new Error('The connection was ended without an answer')));
  });
}
