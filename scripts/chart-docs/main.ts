import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { chartReadme } from './readme.ts';

const chart = path.join(import.meta.dirname, '../../charts/relay');
const template = await readFile(path.join(import.meta.dirname, 'template.md'), 'utf8');
const values = await readFile(path.join(chart, 'values.yaml'), 'utf8');
await writeFile(path.join(chart, 'README.md'), chartReadme(template, values));
