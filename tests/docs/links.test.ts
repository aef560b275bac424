import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { expect, it, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(file, 'utf8');
const documents = globSync('**/*.md', {
  cwd: ROOT,
  exclude: (name) => /(?:^|\/)(?:node_modules|coverage|\.[^./]+)$/.test(name),
}).map((file) => path.join(ROOT, file));

/** Targets of links and images that are not URLs, code aside. */
function linksOf(text: string): string[] {
  const prose = withoutCode(text).replaceAll(/`[^`\n]*`/g, '``');
  return [...prose.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g)].map(([, target]) => target!);
}

function withoutCode(text: string): string {
  return text.replaceAll(/^( *)(```+|~~~+)[^]*?^\1\2/gm, '');
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => {
    const plain = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** Links of a document that lead nowhere. */
function brokenIn(document: string): string[] {
  return linksOf(read(document)).filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? document : path.join(path.dirname(document), file);
    if (!existsSync(target)) return true;
    if (anchor === undefined || !target.endsWith('.md') || !statSync(target).isFile()) return false;
    return !anchorsOf(read(target)).includes(anchor);
  });
}

it.each(documents.map((document) => path.relative(ROOT, document)))(
  'each relative link in %s leads to a file and a heading',
  (document) => {
    expect(brokenIn(path.join(ROOT, document))).toEqual([]);
  },
);

test('links are read as a reader sees them', () => {
  const text = '[a](b.md) `[c](d.md)` [e](https://f) ![g](h.png)\n```md\n[i](j.md)\n```\n[k](#l)';
  expect(linksOf(text)).toEqual(['b.md', 'h.png', '#l']);
  expect(anchorsOf("# What's `X-Cache`?\n## Twice\n## Twice\n")).toEqual([
    'whats-x-cache',
    'twice',
    'twice-1',
  ]);
});

test('the documents of all folders are read', () => {
  const names = documents.map((document) => path.relative(ROOT, document));
  for (const name of [
    'README.md',
    'load/README.md',
    'k8s/README.md',
    'charts/relay/alerts/README.md',
  ]) {
    expect(names).toContain(name);
  }
});

test('a security problem has a way to be reported in private', () => {
  expect(read(path.join(ROOT, 'CONTRIBUTING.md'))).toContain('](SECURITY.md)');
  const security = read(path.join(ROOT, 'SECURITY.md'));
  expect(anchorsOf(security)).toEqual(
    expect.arrayContaining(['supported-versions', 'report-a-vulnerability', 'our-response']),
  );
  expect(security).not.toMatch(/[\w.]+@[\w-]+\.\w+/);
});
