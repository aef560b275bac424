import { readFile } from 'node:fs/promises';

import { run } from '../../../tools/cluster/exec.ts';
import { runShell } from '../../../tools/cluster/shell.ts';
import { settings } from './settings.ts';

/**
 * Runs commands of a document in the cluster of the tests. Resolves with their stdout.
 *
 * @throws CommandError if one of them fails
 */
export async function runDocumented(
  commands: string,
  options: { cwd?: string; timeoutMs?: number } = {},
): Promise<string> {
  return runShell(run, commands, { context: settings.context, ...options });
}

/** The first block of shell commands of a document under a heading of its second or third level. */
export async function commandsUnder(document: string, heading: string): Promise<string> {
  const [commands] = await blocksUnder(document, heading, 'bash');
  if (!commands) throw new Error(`${document} has no commands under "${heading}"`);
  return commands;
}

/** The line under a heading that has a piece of text in it. */
export async function commandUnder(
  document: string,
  heading: string,
  piece: string,
): Promise<string> {
  const blocks = await blocksUnder(document, heading, 'bash');
  const line = blocks.flatMap((block) => block.split('\n')).find((one) => one.includes(piece));
  if (line === undefined) throw new Error(`${document} has no ${piece} under "${heading}"`);
  return line;
}

/** All blocks of a language under such a heading. */
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

/** Everything in a document that forwards a port with kubectl, as one would type it. */
export async function portForwardsIn(document: string): Promise<string[]> {
  const text = await readFile(document, 'utf8');
  const found = text.matchAll(/kubectl(?: [^\s`|&#]+)* port-forward(?: [^\s`|&#]+)+/g);
  return [...found].map(([command]) => command);
}
