/** Host and port. */
export type Address = readonly [host: string, port: number];

/**
 * Connects to each address and prints the results. A NetworkPolicy drops or rejects a connection: only
 * `reached` means that it is allowed.
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
  Promise.all(targets.map(reach)).then((results) => {
    console.log(JSON.stringify(results));
    process.exit();
  });
`;

/**
 * Connects to addresses from a pod with Node.
 *
 * @param exec runs a command in the pod
 * @returns by name, `reached` or the error code
 */
export async function reach(
  exec: (...command: string[]) => Promise<string>,
  targets: Record<string, Address>,
): Promise<Record<string, string>> {
  const addresses = JSON.stringify(Object.values(targets));
  const results: string[] = JSON.parse(await exec('node', '--eval', CONNECT, addresses));
  return Object.fromEntries(Object.keys(targets).map((name, index) => [name, results[index]!]));
}

/** The names of the reached addresses. */
export function reached(results: Record<string, string>): string[] {
  return Object.keys(results).filter((name) => results[name] === 'reached');
}
