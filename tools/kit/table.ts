/**
 * A Markdown table, aligned for a terminal too.
 *
 * @param texts the columns that are aligned to the left; the others hold numbers
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  texts: readonly number[] = [0],
): string {
  const isText = (column: number) => texts.includes(column);
  const cells = [head, ...rows].map((row) =>
    head.map((_, column) => (row[column] ?? '').replaceAll('|', String.raw`\|`)),
  );
  const widths = widthsOf(cells).map((width) => Math.max(3, width));
  const [first, ...rest] = cells.map((row) => {
    const padded = row.map((cell, i) =>
      isText(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
    );
    return `| ${padded.join(' | ')} |`;
  });
  const rule = widths.map((width, i) =>
    isText(i) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [first, `| ${rule.join(' | ')} |`, ...rest].join('\n');
}

/** Rows in aligned columns without lines, for a terminal alone. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows);
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd(),
  );
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  return rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
}

/** `1234567.8` as `1,234,568`. Without `Intl`, which k6 lacks. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A share in per cent. `> 99.99 %` and `< 0.01 %` keep a part distinct from all and from none. */
export function percent(share: number | undefined): string {
  if (share === undefined || Number.isNaN(share)) return '-';
  const text = (share * 100).toFixed(2);
  if (text === '100.00' && share < 1) return '> 99.99 %';
  if (text === '0.00' && share > 0) return '< 0.01 %';
  return `${text} %`;
}
