import { createConnection } from 'node:net';

import { inCluster } from './cluster.ts';

interface PortForward {
  /** On this machine. */
  port: number;
  /** Of the pod. */
  targetPort: number;
  close(): Promise<void>;
}

const FORWARDING = /Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)/;
const TIMEOUT_MS = 20_000;

/**
 * Runs a documented `kubectl … port-forward …` in the cluster of the tests, and resolves once it listens.
 *
 * @throws CommandError if kubectl exits, Error if it does not listen in time
 */
export async function portForward(command: string): Promise<PortForward> {
  const [, ...args] = command.split(/\s+/);
  const ended = new AbortController();
  const listening = Promise.withResolvers<RegExpExecArray>();
  const forwarding = inCluster.follow(args, {
    onLine(line) {
      const match = FORWARDING.exec(line);
      if (match) listening.resolve(match);
    },
    signal: ended.signal,
  });
  const close = async () => {
    ended.abort();
    await forwarding;
  };
  const tooLate = setTimeout(
    () => listening.reject(new Error(`${command} does not listen within ${TIMEOUT_MS / 1000} s`)),
    TIMEOUT_MS,
  );
  try {
    const exited = forwarding.then(() => {
      throw new Error(`${command} exited`);
    });
    const [, port, targetPort] = await Promise.race([listening.promise, exited]);
    return { port: Number(port), targetPort: Number(targetPort), close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(tooLate);
  }
}

/** Sends bytes and returns the first bytes of the answer. */
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
    socket.once('end', () => reject(new Error('The connection was closed without an answer')));
  });
}
