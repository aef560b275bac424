/** A sample of a process' metrics. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/gm;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads the Prometheus text format and OpenMetrics, exemplars and timestamps left out. Without a library,
 * since k6 loads this file too.
 */
export function parseMetrics(text: string): Sample[] {
  return Array.from(
    withoutExemplars(text).matchAll(SAMPLE),
    ([, name = '', labels = '', value]) => ({
      name,
      labels: Object.fromEntries(
        Array.from(labels.matchAll(LABEL), ([, label = '', quoted = '']) => [
          label,
          quoted.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
        ]),
      ),
      value: numberOf(value!),
    }),
  );
}

/** The sum of the samples of a name that have these labels; undefined without any. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  labels: Sample['labels'] = {},
): number | undefined {
  const values = samples
    .filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )
    .map(({ value }) => value);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

const withoutExemplars = (text: string) => text.replaceAll(/ # \{.*$/gm, '');

const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));
