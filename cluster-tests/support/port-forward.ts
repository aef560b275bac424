import { createConnection } from 'node:net';

import { execa } from 'execa';

import { eventually } from './eventually.ts';

/** A port of this machine that leads into the cluster. */
export interface Forward {
  port: number;
  /** The port in the pod. */
  targetPort: number;
  close(): Promise<void>;
}

const FORWARDING = /Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)/;

/** Runs a `kubectl port-forward` and waits until it listens. */
export async function portForward(command: string): Promise<Forward> {
  const [file, ...args] = command.split(/\s+/);
  let output = '';
  let ended = false;
  const child = execa(file!, args, { reject: false, all: true, buffer: false });
  child.all.setEncoding('utf8').on('data', (text: string) => (output += text));
  const end = child.then(() => (ended = true));
  const close = async () => {
    child.kill();
    await end;
  };
  try {
    return await eventually(
      `"${command}" forwards`,
      async () => {
        const [, port, targetPort] = FORWARDING.exec(output) ?? [];
        if (port) return { port: Number(port), targetPort: Number(targetPort), close };
        throw new Error(`It ${ended ? 'ended' : 'goes on'}, and said: ${output.trim()}`);
      },
      { withinMs: 20_000 },
    );
  } catch (error) {
    await close();
    throw error;
  }
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
