import type { Target } from '../protocol/store.ts';

/** An invalidation of the in-process tier. In a pattern, `*` stands for any characters. */
export type LocalTarget = Target | { kind: 'pattern'; pattern: string };

/** A message between tiers. `sender` is unique to one tier and never reused. */
export type LocalMessage =
  /** Sent regularly. `count`: the invalidations sent so far. `sentAtMs` is on the sender's clock. */
  | { type: 'heartbeat'; sender: string; count: number; beat: number; sentAtMs: number }
  /** `number` counts the sender's invalidations, from 1. */
  | { type: 'invalidation'; sender: string; number: number; targets: readonly LocalTarget[] }
  /** The last message of a tier that was closed. */
  | { type: 'farewell'; sender: string; count: number };

// One line of JSON: an array, because heartbeats are most of the traffic.
//     ["h",sender,count,beat,sentAtMs]
//     ["i",sender,number,["k",key,"t",tag,"p",pattern,...]]
//     ["f",sender,count]

export function encodeMessage(message: LocalMessage): string {
  const { sender } = message;
  if (message.type === 'heartbeat') {
    return JSON.stringify(['h', sender, message.count, message.beat, message.sentAtMs]);
  }
  if (message.type === 'farewell') return JSON.stringify(['f', sender, message.count]);
  return JSON.stringify(['i', sender, message.number, message.targets.flatMap(encodeTarget)]);
}

/** `undefined` for anything that `encodeMessage` does not produce. */
export function decodeMessage(text: string): LocalMessage | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields)) return undefined;
  const [type, sender, count, ...rest] = fields as unknown[];
  if (typeof sender !== 'string' || typeof count !== 'number') return undefined;
  if (type === 'f') return { type: 'farewell', sender, count };
  if (type === 'h') {
    const [beat, sentAtMs] = rest;
    if (typeof beat !== 'number' || typeof sentAtMs !== 'number') return undefined;
    return { type: 'heartbeat', sender, count, beat, sentAtMs };
  }
  const targets = type === 'i' ? decodeTargets(rest[0]) : undefined;
  return targets && { type: 'invalidation', sender, number: count, targets };
}

function encodeTarget(target: LocalTarget): [string, string] {
  if (target.kind === 'key') return ['k', target.key];
  return target.kind === 'tag' ? ['t', target.tag] : ['p', target.pattern];
}

function decodeTargets(list: unknown): LocalTarget[] | undefined {
  if (!Array.isArray(list) || list.length % 2 !== 0) return undefined;
  const targets: LocalTarget[] = [];
  for (let i = 0; i < list.length; i += 2) {
    const [kind, name] = [list[i], list[i + 1]] as unknown[];
    if (typeof name !== 'string') return undefined;
    if (kind === 'k') targets.push({ kind: 'key', key: name });
    else if (kind === 't') targets.push({ kind: 'tag', tag: name });
    else if (kind === 'p') targets.push({ kind: 'pattern', pattern: name });
    else return undefined;
  }
  return targets;
}
