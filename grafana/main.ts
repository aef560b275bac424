import { runCommand } from '../tools/kit/command.ts';
import { noOptions } from '../tools/kit/usage.ts';

const USAGE = `Writes the dashboards of grafana/src as JSON, into charts/relay/dashboards.

  npm run dashboards`;

await runCommand({ usage: USAGE, parse: noOptions, load: () => import('./src/write.ts') });
