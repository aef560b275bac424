import type { z } from 'zod';

/** The minimum and maximum of a setting. */
export interface Range {
  min: number;
  max: number;
}

interface Described {
  in?: Described;
  out?: Described;
  innerType?: Described;
  def?: Described;
  minValue?: number | null;
  maxValue?: number | null;
}

/** The range of each `wholeNumber` setting, by variable. */
export function rangesOf(shape: z.ZodRawShape): Record<string, Range> {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, type]) => {
      const range = rangeOf(type as Described);
      return range ? [[name, range]] : [];
    }),
  );
}

/** The number is the innermost type of `wholeNumber`. */
function rangeOf(type: Described): Range | undefined {
  const inner = type.def?.out ?? type.def?.innerType;
  if (inner) return rangeOf(inner);
  const { minValue: min, maxValue: max } = type;
  return typeof min === 'number' && typeof max === 'number' ? { min, max } : undefined;
}
