import { z } from 'zod';

const Place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });

const Target = z.object({ expr: z.string(), legendFormat: z.string().optional() });

const Panel = z.object({
  type: z.string(),
  title: z.string().default(''),
  gridPos: Place,
  targets: z.array(Target).default([]),
  fieldConfig: z
    .object({
      defaults: z.object({
        unit: z.string().optional(),
        thresholds: z
          .object({ steps: z.array(z.object({ color: z.string(), value: z.number().nullish() })) })
          .optional(),
        custom: z
          .object({ stacking: z.object({ mode: z.string() }).partial().optional() })
          .optional(),
      }),
    })
    .optional(),
});

const Dashboard = z.object({ uid: z.string(), title: z.string(), panels: z.array(Panel) });

export type Panel = z.infer<typeof Panel>;
export type Dashboard = z.infer<typeof Dashboard>;

/** As far as a picture needs it. Rows that are folded are not shown, nor what is in them. */
export function parseDashboard(json: string): Dashboard {
  return Dashboard.parse(JSON.parse(json));
}

/** Where a panel's value changes its colour, in ascending order; the first has no value. */
export function stepsOf({ fieldConfig }: Panel): { color: string; value?: number | null | undefined }[] {
  return fieldConfig?.defaults.thresholds?.steps ?? [];
}

/** The colour of a value. */
export function colorOf(panel: Panel, value: number): string {
  const reached = stepsOf(panel).filter((step) => (step.value ?? -Infinity) <= value);
  return COLORS[reached.at(-1)?.color ?? ''] ?? reached.at(-1)?.color ?? '#d5d8de';
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
