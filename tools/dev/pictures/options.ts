import { readFlags, wholeNumber } from '../../kit/flags.ts';

export const USAGE = `Draws the dashboards' main panels from a running Prometheus, as PNG files.

  npm run pictures -- [options]

  --prometheus <url>  (http://localhost:9090, as npm run cluster:forward opens it)
  --minutes <n>       how far back                   (15)
  --namespace <name>  of the release                 (relay)
  --release <name>                                   (relay)
  --out <folder>                                     (docs/images)
  --help

It needs Chromium or Chrome: from the PATH, else from CHROME.`;

export interface PictureOptions {
  prometheus: string;
  minutes: number;
  namespace: string;
  release: string;
  out: string;
}

/** @throws UsageError */
export function parseOptions(args: string[]): PictureOptions {
  const { minutes, ...values } = readFlags(args, {
    prometheus: { type: 'string', default: 'http://localhost:9090' },
    minutes: { type: 'string', default: '15' },
    namespace: { type: 'string', default: 'relay' },
    release: { type: 'string', default: 'relay' },
    out: { type: 'string', default: 'docs/images' },
  });
  return { ...values, minutes: wholeNumber('--minutes', minutes, 1, 7 * 24 * 60) };
}
