/**
 * A Markdown table that reads well in a terminal too.
 *
 * @param texts the columns that are not numbers
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  texts: readonly number[] = [0],
): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) => {
    const padded = widths.map((width, i) =>
      texts.includes(i) ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width),
    );
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, i) =>
    texts.includes(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** `1234567.8` as `1,234,568`. k6 has no `Intl`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A share as per cent. What is not all must not look like all, nor a few like none. */
export function percent(share: number | undefined): string {
  if (share === undefined || Number.isNaN(share)) return '-';
  const text = (share * 100).toFixed(2);
  if (text === '100.00' && share < 1) return '> 99.99 %';
  if (text === '0.00' && share > 0) return '< 0.01 %';
  return `${text} %`;
}
