import { freePort } from '@relay/dev-servers';
import { ConfigError } from '@relay/service-kit/process/config';

const VARIABLES = ['PORT', 'ADMIN_PORT'] as const;
const FIRST_SUGGESTION = 5050;

/**
 * Checks the ports before anything starts.
 *
 * @throws ConfigError with each variable of a port in use, and free ports
 */
export async function assertPortsFree(
  settings: Readonly<Record<(typeof VARIABLES)[number], number>>,
): Promise<void> {
  const problems: string[] = [];
  const suggestions: string[] = [];
  if (settings.PORT !== 0 && settings.PORT === settings.ADMIN_PORT) {
    throw new ConfigError(`ADMIN_PORT: must not be ${settings.PORT} as well, which is PORT`);
  }
  for (const variable of VARIABLES) {
    const port = settings[variable];
    // On every address of the machine: `localhost` may be 127.0.0.1 or ::1.
    if (port === 0 || (await freePort(port)) === port) continue;
    problems.push(`${variable}: port ${port} is already in use`);
    const free = await freePort(FIRST_SUGGESTION + VARIABLES.indexOf(variable));
    suggestions.push(`${variable}=${free}`);
  }
  if (problems.length === 0) return;
  if (process.platform === 'darwin' && settings.PORT === 5000) {
    problems.push(
      'On macOS that is mostly the AirPlay Receiver (System Settings, AirDrop & Handoff).',
    );
  }
  throw new ConfigError([...problems, `Try ${suggestions.join(' ')} npm start`].join('\n'));
}

/** The URL by which this machine reaches a port that listens on `host`. */
export function urlOf(host: string, port: number): string {
  const usual = ['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host);
  const name = host.includes(':') ? `[${host}]` : host;
  return `http://${usual ? 'localhost' : name}:${port}`;
}
