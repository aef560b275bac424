import { createServer } from 'node:net';

import getPort from 'get-port';

import { DevServerError } from './errors.ts';

/** A free TCP port: `preferred` if it is free, else one the system picks. */
export async function freePort(preferred?: number): Promise<number> {
  return getPort(preferred === undefined ? {} : { port: preferred });
}

/** True when nothing listens on the port at 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

/** @throws DevServerError with the port if it is in use */
export async function assertPortFree(port: number, service: string): Promise<void> {
  if (await isPortFree(port)) return;
  throw new DevServerError(
    `${service} cannot start: port ${port} is taken. Stop the program that uses it, or choose another port.`,
  );
}
