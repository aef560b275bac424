import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Another process that started a server, as `npm start` in another terminal would be. */
export type Owner = { reported: { pid: number; port: number; url: string }; kill(): Promise<void> };

/**
 * Starts a Node process that calls one of our functions and then lives on until `kill` (SIGKILL).
 *
 * @param options `module` relative to this file, `call` the name of its export.
 */
export async function startOwner(options: {
  module: string;
  call: string;
  argument: Record<string, unknown>;
}): Promise<Owner> {
  const url = new URL(options.module, import.meta.url).href;
  const script = `
    const { ${options.call}: start } = await import(${JSON.stringify(url)});
    const { pid, port, url } = await start(${JSON.stringify(options.argument)});
    process.stdout.write(JSON.stringify({ pid, port, url }));
    setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [report] = await once(child.stdout, 'data');
  return {
    reported: JSON.parse(String(report)),
    kill: async () => {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** Takes a port, on 127.0.0.1, until the end of the `await using` block. */
export async function occupyPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
