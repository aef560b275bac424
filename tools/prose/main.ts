import { runCommand } from '../kit/cli.ts';
import { readWords } from '../kit/flags.ts';

const USAGE = `Checks the prose of documents, comments and messages against the rules of plain words.

  npm run prose                 the hits of each area, compared with tools/prose/budget.json
  npm run prose -- <path>...    every hit in these files and folders

Without paths it fails if an area has more hits than its budget; with paths, if there is a hit.`;

await runCommand({ usage: USAGE, parse: readWords, load: () => import('./check.ts') });
