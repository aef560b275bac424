import path from 'node:path';

/** A piece of prose: a document, a comment or a message. */
export interface Prose {
  /** Position in the file. */
  start: number;
  /** As long as in the file: markup and code are blanks. */
  text: string;
}

/** A kind of file: the pattern has a group `comment` or `literal`; other matches are skipped. */
const SYNTAX: readonly [RegExp, RegExp][] = [
  [
    /\.(tsx?|js|cjs|mjs)$/,
    new RegExp(
      [
        String.raw`(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)`,
        String.raw`(?<=[=(,:;!&|?{}[\n]\s*)\/(?![/*])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*`,
        String.raw`(?<literal>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|${'`'}(?:[^${'`'}\\$]|\\[^]|\$(?!\{)|\$\{(?:[^{}${'`'}]|${'`'}[^${'`'}]*${'`'}|\{[^{}]*\})*\})*${'`'})`,
      ].join('|'),
      'g',
    ),
  ],
  [/\.(lua|sql)$/, /(?<comment>--\[\[[^]*?\]\]|\/\*[^]*?\*\/|--[^\n]*)/g],
  [
    /\.(ya?ml|tpl|sh)$|Dockerfile$/,
    /(?<comment>\{\{-?\s*\/\*[^]*?\*\/\s*-?\}\}|(?<=^[ \t]*|\s)#[^\n]*)/gm,
  ],
];
/** Documents, and rules of alerts with their tests: their texts are values. */
const WHOLE = /\.md$|(?:\/rule(?:\.test)?|rules-variants\/[\w-]+)\.yaml$/;
const MIN_WORDS = 4;

const blank = (text: string) => text.replaceAll(/[^\n]/g, ' ');

/** Whether files of this name hold prose. */
export function isRead(file: string): boolean {
  return file.endsWith('.md') || SYNTAX.some(([name]) => name.test(file));
}

/** All prose of a file, in order. */
export function proseOf(file: string, source: string): Prose[] {
  if (WHOLE.test(file)) return [{ start: 0, text: withoutMarkup(source) }];
  const [, pattern] = SYNTAX.find(([name]) => name.test(path.basename(file)))!;
  const found: Prose[] = [];
  for (const { index, groups } of source.matchAll(pattern)) {
    if (groups?.['comment'] !== undefined) addComment(found, source, index, groups['comment']);
    const literal = groups?.['literal'];
    if (literal !== undefined) found.push(...messageOf(index, literal));
  }
  return found;
}

/** Comments with only blanks between them are one: a sentence may span their lines. */
function addComment(found: Prose[], source: string, start: number, comment: string): void {
  const text = withoutMarkup(
    comment.replaceAll(/^\s*(?:\{\{-?\s*)?(?:\/\/|\/?\*+|#+|--)|\*\/(?:\s*-?\}\})?\s*$/gm, blank),
  );
  const last = found.at(-1);
  const end = last === undefined ? -1 : last.start + last.text.length;
  const between = last === undefined ? 'none' : source.slice(end, start);
  if (last && /^\n[ \t]*$/.test(between)) last.text += between + text;
  else found.push({ start, text });
}

/** Placeholders (`${name}`, and `$name` in a test's title) are code. */
function messageOf(start: number, literal: string): Prose[] {
  const text = ` ${literal.slice(1, -1).replaceAll(/\$\{[^}]*\}|\$[\w.]+|\\n/g, blank)} `;
  return text.trim().split(/\s+/).length < MIN_WORDS ? [] : [{ start, text: withoutMarkup(text) }];
}

function withoutMarkup(text: string): string {
  return text
    .replaceAll(/^( *)(```+|~~~+)[^]*?^\1\2/gm, blank)
    .replaceAll(/`[^`]*`|<!--[^]*?-->|\]\([^)\s]*\)|@param\s+\w+/g, (code) =>
      code.replaceAll(/[^\n]/g, '_'),
    );
}
