import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { parse } from 'yaml';

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

const OUT = path.join(import.meta.dirname, '../../../tests/chart/schemas');

/** Writes all schemas again, and reports their number. */
export async function run({ from: folder }: { from?: string }): Promise<void> {
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
