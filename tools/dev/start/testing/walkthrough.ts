import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..');
const API_URL = 'http://localhost:5000';
const ADMIN_URL = 'http://localhost:5001';

/** The answers of the walkthrough's calls, in order. */
export interface WalkthroughAnswers {
  user: unknown;
  firstList: unknown;
  secondList: unknown;
  post: unknown;
  thirdList: unknown;
}

/**
 * Runs `walkthrough.sh`, the reference document's commands to the letter, except the port.
 *
 * @param host of the Ingress; default: the Ingress without a host
 */
export async function walkThrough(apiUrl = API_URL, host?: string): Promise<WalkthroughAnswers> {
  const script = await readFile(path.join(import.meta.dirname, 'walkthrough.sh'), 'utf8');
  const commands = script.replaceAll(API_URL, apiUrl);
  const prelude =
    host === undefined ? '' : `curl() { command curl --header 'Host: ${host}' "$@"; }`;
  const { stdout } = await run('bash', ['-c', `${prelude}\n{\n${commands}\n} | jq --slurp .`]);
  const [user, firstList, secondList, post, thirdList] = JSON.parse(stdout) as unknown[];
  return { user, firstList, secondList, post, thirdList };
}

/**
 * Runs the README's commands that register a user, read and post.
 *
 * @param environment with the `RELAY_DIR` of the Relay at the URLs
 * @returns their output
 */
export async function followReadme(
  { apiUrl, adminUrl }: { apiUrl: string; adminUrl: string },
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  const blocks = Array.from(readme.matchAll(/^```bash\n([^]*?)^```$/gm), ([, block]) => block!);
  const commands = blocks.find((block) => block.includes('/api/auth/users'));
  if (!commands) throw new Error('README.md shows no commands that register a user');
  const here = commands.replaceAll(API_URL, apiUrl).replaceAll(ADMIN_URL, adminUrl);
  const { stdout } = await run('bash', ['-c', here], { cwd: ROOT, env: environment });
  return stdout;
}
