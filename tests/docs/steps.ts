/** One step of a how-to. */
export type Step =
  /** A whole file, or lines that go after or before the first line with `anchor` in it. */
  | {
      kind: 'edit';
      file: string;
      text: string;
      place?: { side: 'after' | 'before'; anchor: string };
    }
  | { kind: 'run'; command: string };

const BLOCK = /^(?<fence>```+)\w+ (?<info>[^\n]+)\n(?<body>[^]*?)^\k<fence>$/gm;
const EDIT = /^file=(?<file>\S+)(?: (?<side>after|before)='(?<anchor>[^']+)')?$/;

/** The steps of a document: its code blocks with `file=…` or `run` behind their language, in order. */
export function stepsIn(document: string): Step[] {
  return [...document.matchAll(BLOCK)].flatMap(({ groups }): Step[] => {
    const { info = '', body = '' } = groups!;
    if (info === 'run') return [{ kind: 'run', command: body.trim() }];
    const { file, side, anchor } = EDIT.exec(info)?.groups ?? {};
    if (file === undefined) throw new Error(`Not a step: ${info}`);
    if (anchor === undefined) return [{ kind: 'edit', file, text: body }];
    return [
      { kind: 'edit', file, text: body, place: { side: side as 'after' | 'before', anchor } },
    ];
  });
}

/**
 * A text with the lines of an edit in it, indented as the line that they are put beside.
 *
 * @throws Error if no line has the anchor
 */
export function withLines(
  text: string,
  { text: added, place }: Extract<Step, { kind: 'edit' }>,
): string {
  if (!place) return added;
  const lines = text.split('\n');
  const found = lines.findIndex((line) => line.includes(place.anchor));
  if (found === -1) throw new Error(`No line has "${place.anchor}"`);
  const [indent] = /^ */.exec(lines[found]!)!;
  const indented = added
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`));
  return lines.toSpliced(place.side === 'after' ? found + 1 : found, 0, ...indented).join('\n');
}
