import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { dashboards, toJson } from './src/dashboards.ts';

const FOLDER = path.join(import.meta.dirname, 'dashboards');

for (const dashboard of dashboards) {
  await writeFile(path.join(FOLDER, `${dashboard.uid}.json`), toJson(dashboard));
}
