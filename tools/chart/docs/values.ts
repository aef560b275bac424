import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

/** A value that a user may set. */
export interface Value {
  /** Such as `['redis', 'persistence', 'size']`. */
  path: readonly string[];
  default: unknown;
  description: string;
}

/** A key of values.yaml that only holds further ones. */
export interface Section {
  path: readonly string[];
  /** Empty if its name is enough. */
  description: string;
  /** In the file's order. */
  entries: (Value | Section)[];
}

/**
 * The contents of values.yaml, with the comment above each key. A map is a section if the first key in
 * it has a comment (or is a section); any other map is a value as a whole, such as a pod's resources.
 */
export function readValues(yaml: string): Section {
  const { contents, errors } = parseDocument(yaml);
  if (errors.length > 0) throw errors[0]!;
  if (!isMap(contents)) throw new Error('the values are no map');
  return readSection([], '', contents);
}

/** Every value of a section, at any depth. */
export function allValues({ entries }: Section): Value[] {
  return entries.flatMap((entry) => (isSection(entry) ? allValues(entry) : [entry]));
}

export function isSection(entry: Value | Section): entry is Section {
  return 'entries' in entry;
}

function readSection(path: readonly string[], description: string, map: YAMLMap): Section {
  const section: Section = { path, description, entries: [] };
  for (const [index, pair] of map.items.entries()) {
    const key = [...path, keyOf(pair)];
    // The comment above the first key of a map is taken for one of the map itself.
    const text = commentOf(pair) || (index === 0 ? oneLine(map.commentBefore) : '');
    if (holdsValues(pair.value)) section.entries.push(readSection(key, text, pair.value));
    else section.entries.push({ path: key, default: toJs(pair.value), description: text });
  }
  return section;
}

function holdsValues(node: unknown): node is YAMLMap {
  if (!isMap(node)) return false;
  const first = node.items[0];
  if (first === undefined) return false;
  return Boolean(node.commentBefore) || commentOf(first) !== '' || holdsValues(first.value);
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function commentOf({ key }: Pair): string {
  return isScalar(key) ? oneLine(key.commentBefore) : '';
}

function oneLine(comment: string | null | undefined): string {
  return (comment ?? '').split(/\s+/).join(' ').trim();
}

function toJs(node: unknown): unknown {
  return (JSON.parse(JSON.stringify(node)) ?? null) as unknown;
}
