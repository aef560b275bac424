import { readFile } from 'node:fs/promises';

import { run } from '../../../tools/kit/exec.ts';
import { settings } from './settings.ts';

/** The commands of documents name no context: these functions add it, in subshells too. */
const PRELUDE = `
kubectl() { command kubectl --context "$RELAY_CONTEXT" "$@"; }
helm() { command helm --kube-context "$RELAY_CONTEXT" "$@"; }
export -f kubectl helm
`;

/**
 * Runs commands of a document with bash, in the cluster of the tests. Resolves with their stdout.
 *
 * @throws CommandError if one of them fails
 */
export function runDocumented(
  commands: string,
  options: { cwd?: string; timeoutMs?: number } = {},
): Promise<string> {
  return run('bash', ['-e', '-u', '-o', 'pipefail', '-c', `${PRELUDE}\n${commands}`], {
    environment: { RELAY_CONTEXT: settings.context },
    ...options,
  });
}

/** The first block of shell commands under a heading of the second or third level. */
export async function commandsUnder(document: string, heading: string): Promise<string> {
  const [commands] = await blocksUnder(document, heading, 'bash');
  if (!commands) throw new Error(`${document} has no commands under "${heading}"`);
  return commands;
}

/** The first line of shell commands under a heading that contains a text. */
export async function commandUnder(
  document: string,
  heading: string,
  text: string,
): Promise<string> {
  const blocks = await blocksUnder(document, heading, 'bash');
  const lines = blocks.flatMap((block) => block.split('\n'));
  const command = lines.find((line) => line.includes(text));
  if (command === undefined) throw new Error(`${document} has no ${text} under "${heading}"`);
  return command;
}

export async function blocksUnder(
  document: string,
  heading: string,
  language: 'bash' | 'promql',
): Promise<string[]> {
  const sections = (await readFile(document, 'utf8')).split(/^##+ /m);
  const section = sections.find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const blocks = section.matchAll(/^```(\w+)\n(.*?)^```/gms);
  return [...blocks].flatMap(([, of, block]) => (of === language ? [block!] : []));
}

/** Every `kubectl … port-forward …` in a document, in tables too. */
export async function portForwardsIn(document: string): Promise<string[]> {
  const text = await readFile(document, 'utf8');
  const commands = text.matchAll(/kubectl(?: [^\s`|&#]+)* port-forward(?: [^\s`|&#]+)+/g);
  return [...commands].map(([command]) => command);
}
