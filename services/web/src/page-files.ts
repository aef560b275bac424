import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { OperatorError } from '@relay/service-kit/process/operator-error';

/** The content codings of the build, by preference, and the ending that each adds to a file's name. */
export const CODINGS = { br: '.br', gzip: '.gz' } as const;

export type Coding = keyof typeof CODINGS;

/** The bytes of a file in one coding. */
export interface Representation {
  bytes: Buffer;
  /** Of the bytes, so that every pod sends the same. */
  etag: string;
}

export interface PageFile {
  /** With the dot, such as `.js`. */
  extension: string;
  identity: Representation;
  coded: ReadonlyMap<Coding, Representation>;
}

/** The files of a built page by their path in a URL, such as `/index.html`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

export const DOCUMENT = '/index.html';

/**
 * Reads a built page into memory, some hundred kilobytes: no request waits for a disk, and a build under way
 * does not change the page of a running process.
 *
 * @throws OperatorError without a document
 */
export async function readPageFiles(dir: string): Promise<PageFiles> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const contents = new Map(
    await Promise.all(names.map(async (name) => [name, await represent(name)] as const)),
  );
  const files = new Map(
    names
      .filter((name) => !isCoded(name))
      .map((name) => [urlPath(dir, name), pageFile(name, contents)] as const),
  );
  if (!files.has(DOCUMENT)) {
    throw new OperatorError(`${dir} has no page. Build it: npm run build --workspace services/web`);
  }
  return files;
}

const isCoded = (name: string) => Object.values(CODINGS).some((ending) => name.endsWith(ending));

async function represent(name: string): Promise<Representation> {
  const bytes = await readFile(name);
  return { bytes, etag: `"${hash('sha1', bytes, 'base64url')}"` };
}

function urlPath(dir: string, name: string): string {
  return `/${path.relative(dir, name).replaceAll(path.sep, '/')}`;
}

function pageFile(name: string, contents: ReadonlyMap<string, Representation>): PageFile {
  const coded = (Object.keys(CODINGS) as Coding[]).flatMap((coding) => {
    const content = contents.get(name + CODINGS[coding]);
    return content ? [[coding, content] as const] : [];
  });
  return {
    extension: path.extname(name),
    identity: contents.get(name)!,
    coded: new Map(coded),
  };
}
