import { runCommand } from '../tools/kit/cli.ts';
import { noOptions } from '../tools/kit/flags.ts';

const USAGE = `Writes the dashboards of grafana/src as JSON, into charts/relay/dashboards.

  npm run dashboards`;

await runCommand({ usage: USAGE, parse: noOptions, load: () => import('./src/write.ts') });
