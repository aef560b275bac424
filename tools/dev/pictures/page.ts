import { COLORS } from './chart.ts';

/** A panel's HTML, at its place in a grid of 24 columns. */
export interface Shown {
  title: string;
  place: { x: number; y: number; w: number; h: number };
  html: string;
}

export const COLUMN_PX = 58;
export const ROW_PX = 34;
const GAP_PX = 8;

const STYLE = `
  body { margin: 0; padding: 16px; background: #111217; color: #d5d8de; font: 13px system-ui, 'DejaVu Sans', sans-serif; width: ${24 * COLUMN_PX}px }
  h1 { font-size: 18px; font-weight: 500; margin: 0 0 12px }
  main { display: grid; grid-template-columns: repeat(24, ${COLUMN_PX - GAP_PX}px); grid-auto-rows: ${ROW_PX - GAP_PX}px; gap: ${GAP_PX}px }
  section { background: #181b1f; border: 1px solid #2a2d33; border-radius: 2px; padding: 8px; overflow: hidden; display: flex; flex-direction: column }
  h2 { font-size: 13px; font-weight: 500; margin: 0 0 4px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
  .row { background: none; border: none; padding: 0; justify-content: end } .row h2 { font-size: 15px; margin: 0 }
  table { border-collapse: collapse; font-size: 12px } th { text-align: left; color: #9fa7b3; font-weight: 500 } td, th { padding: 2px 12px 2px 0; border-bottom: 1px solid #2a2d33 }
  .stat { flex: 1; display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: center; justify-content: center; font-size: 24px; font-weight: 500; overflow: hidden }
  .stat small { display: block; font-size: 11px; font-weight: 400; color: #9fa7b3 }
  ul { list-style: none; margin: 2px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 12px; font-size: 11px; max-height: 30px; overflow: hidden }
  li::before { content: ''; display: inline-block; width: 12px; height: 3px; margin-right: 5px; vertical-align: middle; background: var(--color) }
`;

/** A dashboard as a page for a browser. */
export function page(title: string, shown: readonly Shown[]): string {
  const sections = shown.map(({ title: name, place: { x, y, w, h }, html }) => {
    const at = `grid-area: ${y + 1} / ${x + 1} / span ${h} / span ${w}`;
    const kind = html === '' ? 'row' : 'panel';
    return `<section class="${kind}" style="${at}"><h2>${escaped(name)}</h2>${html}</section>`;
  });
  return `<!doctype html><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style>
<h1>${escaped(title)}</h1><main>${sections.join('\n')}</main>`;
}

export function statHtml(values: readonly { name: string; text: string; color: string }[]): string {
  const items = values.map(({ name, text, color }) => {
    const label = values.length > 1 ? `<small>${escaped(name)}</small>` : '';
    return `<div style="color: ${color}">${label}${escaped(text)}</div>`;
  });
  return `<div class="stat">${items.join('')}</div>`;
}

/** Its first row is the heading. */
export function tableHtml([heading = [], ...rows]: readonly string[][]): string {
  const body = rows.map((cells) => rowHtml(cells, 'td'));
  return `<table>${rowHtml(heading, 'th')}${body.join('')}</table>`;
}

function rowHtml(cells: readonly string[], kind: 'th' | 'td'): string {
  return `<tr>${cells.map((cell) => `<${kind}>${escaped(cell)}</${kind}>`).join('')}</tr>`;
}

export function legendHtml(names: readonly string[]): string {
  const items = names.map(
    (name, index) => `<li style="--color: ${COLORS[index % COLORS.length]!}">${escaped(name)}</li>`,
  );
  return `<ul>${items.join('')}</ul>`;
}

/** The height that the page has at the end of its last panel, in pixels. */
export function heightOf(shown: readonly Shown[]): number {
  const rows = Math.max(0, ...shown.map(({ place }) => place.y + place.h));
  return rows * ROW_PX + 64;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
