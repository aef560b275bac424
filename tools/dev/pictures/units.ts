type Format = (value: number) => string;

const SCALES = {
  seconds: [
    [86_400, ' d'],
    [3600, ' h'],
    [60, ' min'],
    [1, ' s'],
    [1e-3, ' ms'],
    [0, ' µs', 1e-6],
  ],
  bytes: [
    [2 ** 30, ' GiB'],
    [2 ** 20, ' MiB'],
    [2 ** 10, ' KiB'],
    [0, ' B', 1],
  ],
  count: [
    [1e9, ' Bil'],
    [1e6, ' Mil'],
    [1e3, ' K'],
    [0, '', 1],
  ],
} satisfies Record<string, [atLeast: number, suffix: string, unit?: number][]>;

const count = scaled('count');
const FORMATS: Record<string, Format> = {
  percentunit: (value) => `${round(value * 100)}%`,
  s: scaled('seconds'),
  dtdurations: scaled('seconds'),
  ms: (value) => scaled('seconds')(value / 1000),
  bytes: scaled('bytes'),
  binBps: (value) => `${scaled('bytes')(value)}/s`,
  reqps: (value) => `${count(value)} req/s`,
  ops: (value) => `${count(value)} ops/s`,
  rps: (value) => `${count(value)} rd/s`,
};

/** A value in Grafana's unit of that id; a number for an unknown id. */
export function formatValue(value: number, unit = 'short'): string {
  if (!Number.isFinite(value)) return '–';
  return (FORMATS[unit] ?? count)(value);
}

function scaled(kind: keyof typeof SCALES): Format {
  return (value) => {
    const [atLeast, suffix, unit = atLeast] = SCALES[kind].find(
      ([least]) => Math.abs(value) >= least,
    )!;
    return value === 0
      ? `0${kind === 'count' ? '' : SCALES[kind].at(-2)![1]}`
      : `${round(value / unit)}${suffix}`;
  };
}

/** Three significant digits. */
function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
