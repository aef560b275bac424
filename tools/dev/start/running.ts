import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';

import { z } from 'zod';

import { relayFiles } from './folder.ts';

const redisSchema = z.object({
  /** With its password, if it has one. */
  url: z.string(),
  cluster: z.boolean(),
  sentinel: z.object({ master: z.string(), password: z.string().optional() }).optional(),
  /** Whether `npm start` has started it. */
  own: z.boolean(),
});

const runningSchema = z.object({
  pid: z.number(),
  /** Random. The `/health` of its admin port returns the same. */
  instance: z.string(),
  apiUrl: z.string(),
  adminUrl: z.string(),
  /** The owner's, with its password. */
  databaseUrl: z.string(),
  /** `null`: the entries are in the process. */
  redis: redisSchema.nullable(),
});

const healthSchema = z.looseObject({ instance: z.string() });

/** The place of a Relay on this machine, as every command reads it. */
export type RunningRelay = z.output<typeof runningSchema>;

const ANSWER_TIMEOUT_MS = 2000;

const fileIn = (dir: string) => relayFiles(dir).running;

/** Writes the place of a running Relay for the other commands, until `removeRunning`. */
export async function writeRunning(dir: string, running: RunningRelay): Promise<void> {
  await mkdir(dir, { recursive: true });
  // A new file: an existing one would keep its mode, and this one holds a password.
  await removeRunning(dir);
  await writeFile(fileIn(dir), JSON.stringify(running, null, 2), { mode: 0o600, flag: 'wx' });
}

export async function removeRunning(dir: string): Promise<void> {
  await rm(fileIn(dir), { force: true });
}

/** The Relay that runs on the folder. The file of a killed Relay is ignored, even if its port is in use again. */
export async function findRunning(dir: string): Promise<RunningRelay | undefined> {
  const text = await readFile(fileIn(dir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { data } = runningSchema.safeParse(parseJson(text));
  return data && (await isStill(data)) ? data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function isStill({ adminUrl, instance }: RunningRelay): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  // Of any status: a Relay without its Postgres runs.
  const health = await fetch(`${adminUrl}/health`, { signal })
    .then((response) => response.json())
    .catch(() => undefined);
  return healthSchema.safeParse(health).data?.instance === instance;
}
