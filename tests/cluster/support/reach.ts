/** Host and port. */
export type Address = readonly [host: string, port: number];

/**
 * Connects to each, and says how that went. A policy may drop a connection or refuse it: only
 * `reached` tells that it let it pass.
 */
const CONNECT = `
  const { connect } = require('node:net');
  const reach = ([host, port]) => new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    socket.once('connect', () => resolve('reached'));
    socket.once('error', ({ code }) => resolve(code));
    socket.once('timeout', () => resolve('timeout'));
  });
  const targets = JSON.parse(process.argv[1]);
  Promise.all(targets.map(reach)).then((said) => {
    console.log(JSON.stringify(said));
    process.exit();
  });
`;

/**
 * Tries addresses from inside a pod that has Node.
 *
 * @param exec runs a command there
 * @returns by name, `reached` or why it was not
 */
export async function reach(
  exec: (...command: string[]) => Promise<string>,
  targets: Record<string, Address>,
): Promise<Record<string, string>> {
  const addresses = JSON.stringify(Object.values(targets));
  const said: string[] = JSON.parse(await exec('node', '--eval', CONNECT, addresses));
  return Object.fromEntries(Object.keys(targets).map((name, index) => [name, said[index]!]));
}

/** The names of what was reached. */
export function reached(said: Record<string, string>): string[] {
  return Object.keys(said).filter((name) => said[name] === 'reached');
}
