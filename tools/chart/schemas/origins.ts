import { fileName } from './manifest-schema.ts';
import type { Source } from './sources.ts';

/** The README beside the schemas: where each comes from, and under which licence. */
export function originsTable(sources: Source[]): string {
  const rows = sources.flatMap(({ project, version, licence, url, kinds }) =>
    kinds.map((kind) => [`\`${fileName(kind)}\``, `[${project} ${version}](${url})`, licence]),
  );
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`);
  return `# Schemas

What a manifest of each kind may hold, for kubeconform, so that no test needs the internet. Made by
\`npm run chart:schemas\`; the versions and the kinds are in \`tools/chart/schemas/sources.ts\`.

They are strict: a field that is not in the source is refused, and so is \`status\`, which is the cluster's to write.

| schema | made from | licence |
| --- | --- | --- |
${lines.join('\n')}
`;
}
