import { relay } from './cluster.ts';

export interface LogLine {
  pod: string;
  level: number;
  time: string;
  msg: string;
  key?: string;
}

/** The lines of the post service's logs about one key of the cache, oldest first. */
export function linesAbout(key: string): Promise<LogLine[]> {
  return linesWith('post', `"key":"${key}"`);
}

/** The lines of a service's logs that contain a text, oldest first. */
export async function linesWith(service: 'auth' | 'post', text: string): Promise<LogLine[]> {
  const pods = await relay.pods(service);
  const logs = await Promise.all(
    pods.map(async ({ metadata }) => {
      const pod = metadata!.name!;
      const log = await relay.kubectl('logs', pod, `--container=${service}`);
      const lines = log.split('\n').filter((line) => line.includes(text));
      return lines.map((line): LogLine => ({ pod, ...JSON.parse(line) }));
    }),
  );
  return logs.flat().toSorted((a, b) => a.time.localeCompare(b.time));
}
