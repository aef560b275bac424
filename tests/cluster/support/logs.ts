import { relay } from './cluster.ts';

export interface LogLine {
  pod: string;
  level: number;
  time: string;
  msg: string;
  key?: string;
}

/** What the post service's pods have logged of one key of the cache, in order of time. */
export function linesAbout(key: string): Promise<LogLine[]> {
  return linesWith('post', `"key":"${key}"`);
}

/** What a service's pods have logged with a piece of text in it, in order of time. */
export async function linesWith(service: 'auth' | 'post', piece: string): Promise<LogLine[]> {
  const pods = await relay.pods(service);
  const logs = await Promise.all(
    pods.map(async ({ metadata }) => {
      const pod = metadata!.name!;
      const text = await relay.kubectl('logs', pod, `--container=${service}`);
      const lines = text.split('\n').filter((line) => line.includes(piece));
      return lines.map((line): LogLine => ({ pod, ...JSON.parse(line) }));
    }),
  );
  return logs.flat().toSorted((a, b) => a.time.localeCompare(b.time));
}
