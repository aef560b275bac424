import { runCommand } from '../../kit/cli.ts';
import { noOptions } from '../../kit/flags.ts';

const USAGE = `Writes charts/relay/README.md, from template.md and the comments of values.yaml, and the table of
charts/relay/alerts/README.md, from each rule.yaml and runbook.md.

  npm run chart:docs`;

await runCommand({ usage: USAGE, parse: noOptions, load: () => import('./write.ts') });
