import { markdownTable } from '../../kit/table.ts';
import { allValues, isSection, readValues, type Section, type Value } from './values.ts';

const PLACE = '<!-- values -->';
/** A longer default is readable in its file only, not in a table. */
const MAX_DEFAULT = 80;

/**
 * The chart's README: the template, with the tables of all values in its placeholder.
 *
 * @param values values.yaml as it is, comments included
 */
export function chartReadme(template: string, values: string): string {
  if (template.split(PLACE).length !== 2)
    throw new Error(`the template needs exactly one ${PLACE}`);
  const { entries } = readValues(values);
  const general = entries.filter((entry): entry is Value => !isSection(entry));
  const sections = entries.filter(isSection);
  return template.replace(PLACE, () => [table(general), ...sections.map(chapter)].join('\n\n'));
}

function chapter(section: Section): string {
  const parts = section.entries.filter(isSection).filter(({ description }) => description !== '');
  return [
    `### \`${section.path.join('.')}\``,
    ...(section.description === '' ? [] : [section.description]),
    ...parts.map(({ path, description }) => `\`${path.join('.')}\`: ${description}`),
    table(allValues(section)),
  ].join('\n\n');
}

function table(values: Value[]): string {
  const rows = values.map(({ path, default: value, description }) => [
    `\`${path.join('.')}\``,
    defaultOf(value),
    description,
  ]);
  return markdownTable(['value', 'default', 'description'], rows, [0, 1, 2]);
}

function defaultOf(value: unknown): string {
  if (value === '') return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_DEFAULT ? 'see [values.yaml](values.yaml)' : `\`${text}\``;
}
