import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { exitWith } from '@relay/service-kit';
import { parse } from 'yaml';

import { readFlags, UsageError } from '../usage.ts';
import {
  builtInSchema,
  customSchema,
  fileName,
  type CustomResource,
  type Kind,
  type OpenApi,
} from './manifest-schema.ts';
import { originsTable } from './origins.ts';
import { customResources, kubernetes, readSource } from './sources.ts';
import type { Schema } from './strict.ts';

const OUT = path.join(import.meta.dirname, '../../charts/testing/schemas');
const USAGE = `Makes the schemas that kubeconform holds the chart's manifests against.

  npm run chart:schemas -- [options]

  --from <folder>  take the sources from a folder, instead of GitHub
  --help

The versions and the kinds are in scripts/chart-schemas/sources.ts.`;

try {
  const flags = readFlags(process.argv.slice(2), {
    from: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (flags.help) console.log(USAGE);
  else await makeSchemas(flags.from);
} catch (error) {
  exitWith(error, [UsageError], { lead: '' });
}

async function makeSchemas(folder: string | undefined): Promise<void> {
  const openApi = JSON.parse(await readSource(kubernetes, folder)) as OpenApi;
  const schemas = kubernetes.kinds.map((kind) => ({ kind, schema: builtInSchema(kind, openApi) }));
  for (const source of customResources) {
    const resource = parse(await readSource(source, folder)) as CustomResource;
    for (const kind of source.kinds) {
      schemas.push({ kind, schema: customSchema(kind, resource, openApi) });
    }
  }
  await mkdir(OUT, { recursive: true });
  const old = (await readdir(OUT)).filter((name) => name.endsWith('.json'));
  await Promise.all(old.map((name) => rm(path.join(OUT, name))));
  await Promise.all(schemas.map(write));
  await writeFile(path.join(OUT, 'README.md'), originsTable([kubernetes, ...customResources]));
  console.log(`${schemas.length} schemas in ${path.relative(process.cwd(), OUT)}`);
}

async function write({ kind, schema }: { kind: Kind; schema: Schema }): Promise<void> {
  await writeFile(path.join(OUT, fileName(kind)), `${JSON.stringify(schema)}\n`);
}
