import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

const redisSchema = z.object({
  /** With its password, if it has one. */
  url: z.string(),
  cluster: z.boolean(),
  /** Whether `npm start` has started it. */
  own: z.boolean(),
});

const runningSchema = z.object({
  pid: z.number(),
  /** Random: the admin port's `/health` says it too, as long as that is this Relay. */
  instance: z.string(),
  apiUrl: z.string(),
  adminUrl: z.string(),
  /** The owner's, with its password. */
  databaseUrl: z.string(),
  /** `null`: entries are kept in the process. */
  redis: redisSchema.nullable(),
});

const healthSchema = z.looseObject({ instance: z.string() });

/** How to reach a Relay that runs on this machine: every command takes it from here. */
export type RunningRelay = z.output<typeof runningSchema>;

const ANSWER_TIMEOUT_MS = 2000;

const fileIn = (dir: string) => path.join(dir, 'running.json');

/** Writes down where Relay is, for the other commands, until `forgetRunning`. */
export async function noteRunning(dir: string, running: RunningRelay): Promise<void> {
  await mkdir(dir, { recursive: true });
  // Made anew: an existing file would keep its mode, and there is a password in it.
  await forgetRunning(dir);
  await writeFile(fileIn(dir), JSON.stringify(running, null, 2), { mode: 0o600, flag: 'wx' });
}

export async function forgetRunning(dir: string): Promise<void> {
  await rm(fileIn(dir), { force: true });
}

/** The Relay that runs on the folder. A killed one's note is not believed, whoever has its port now. */
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
  // Whatever its status: a Relay whose Postgres is away runs.
  const health = await fetch(`${adminUrl}/health`, { signal })
    .then((response) => response.json())
    .catch(() => undefined);
  return healthSchema.safeParse(health).data?.instance === instance;
}
