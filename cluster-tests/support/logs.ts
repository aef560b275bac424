import { relay } from './cluster.ts';

export interface LogLine {
  pod: string;
  level: number;
  time: string;
  msg: string;
  key?: string;
}

/** What the post service's pods have logged of one key of the cache, in order of time. */
export async function linesAbout(key: string): Promise<LogLine[]> {
  const pods = await relay.pods('post');
  const logs = await Promise.all(
    pods.map(async ({ metadata }) => {
      const pod = metadata!.name!;
      const text = await relay.kubectl('logs', pod, '--container=post');
      const lines = text.split('\n').filter((line) => line.includes(`"key":"${key}"`));
      return lines.map((line): LogLine => ({ pod, ...JSON.parse(line) }));
    }),
  );
  return logs.flat().toSorted((a, b) => a.time.localeCompare(b.time));
}
