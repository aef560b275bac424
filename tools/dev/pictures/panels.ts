import { z } from 'zod';

const Mapping = z.object({
  type: z.string(),
  options: z.record(
    z.string(),
    z.object({ text: z.string().optional(), color: z.string().optional() }),
  ),
});

const Override = z.object({
  matcher: z.object({ options: z.unknown() }),
  properties: z.array(z.object({ id: z.string(), value: z.unknown() })),
});

const Defaults = z.object({
  unit: z.string().optional(),
  mappings: z.array(Mapping).default([]),
  thresholds: z
    .object({ steps: z.array(z.object({ color: z.string(), value: z.number().nullish() })) })
    .optional(),
  custom: z.object({ stacking: z.object({ mode: z.string() }).partial().optional() }).optional(),
});

/** The fields of a table, their order and names. */
const Organize = z.object({
  id: z.literal('organize'),
  options: z.object({
    indexByName: z.record(z.string(), z.number()),
    renameByName: z.record(z.string(), z.string()),
  }),
});

const Panel = z.object({
  type: z.string(),
  title: z.string().default(''),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z
    .array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string().optional() }))
    .default([]),
  transformations: z.array(z.union([Organize, z.object({ id: z.string() })])).default([]),
  fieldConfig: z
    .object({ defaults: Defaults, overrides: z.array(Override).default([]) })
    .default({ defaults: { mappings: [] }, overrides: [] }),
});

const Dashboard = z.object({ uid: z.string(), title: z.string(), panels: z.array(Panel) });

export type Panel = z.infer<typeof Panel>;
export type Dashboard = z.infer<typeof Dashboard>;

/** The parts of a panel that a picture needs. */
export function parseDashboard(json: string): Dashboard {
  return Dashboard.parse(JSON.parse(json));
}

/** The steps at which a panel's value changes its colour. */
export function limitsOf({ fieldConfig }: Panel): number[] {
  const steps = fieldConfig.defaults.thresholds?.steps ?? [];
  return steps.flatMap(({ value }) => value ?? []);
}

/** The text and colour of a value: `2` is `open`, red. */
export function mappedOf({ fieldConfig }: Panel, value: number) {
  const mappings = fieldConfig.defaults.mappings.filter(({ type }) => type === 'value');
  return mappings.map(({ options }) => options[String(value)]).find((mapped) => mapped);
}

/** The colour of a value: of its mapping, else of the highest step that it has reached. */
export function colorOf(panel: Panel, value: number): string {
  const steps = panel.fieldConfig.defaults.thresholds?.steps ?? [];
  const reached = steps.findLast((step) => (step.value ?? -Infinity) <= value);
  const color = mappedOf(panel, value)?.color ?? reached?.color ?? 'text';
  return COLORS[color] ?? color;
}

/** The columns of a table: field and name. */
export function columnsOf({ transformations }: Panel): { field: string; name: string }[] {
  const organize = transformations.find((one) => 'options' in one);
  if (!organize) return [];
  const { indexByName, renameByName } = organize.options;
  const fields = Object.entries(indexByName).toSorted(([, a], [, b]) => a - b);
  return fields.map(([field]) => ({ field, name: renameByName[field] ?? field }));
}

/** The unit of a column, which may be another than the panel's. */
export function unitOf({ fieldConfig }: Panel, column: string): string | undefined {
  const own = fieldConfig.overrides.find(({ matcher }) => matcher.options === column);
  const unit = own?.properties.find(({ id }) => id === 'unit')?.value;
  return typeof unit === 'string' ? unit : fieldConfig.defaults.unit;
}

/** Grafana's names. */
const COLORS: Record<string, string> = {
  green: '#73bf69',
  yellow: '#fade2a',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  text: '#d5d8de',
  transparent: '#d5d8de',
};
