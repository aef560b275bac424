/**
 * Lets one of many equal lines through in each pause. Returns how many were held back since the
 * last one, or `undefined` if this one is held back too. `subject` must come from a bounded set.
 */
export type Throttle = (subject: string) => number | undefined;

export function createThrottle(pauseMs: number, now: () => number): Throttle {
  const lines = new Map<string, { passedAtMs: number; suppressed: number }>();
  return (subject) => {
    const line = lines.get(subject);
    if (line && now() - line.passedAtMs < pauseMs) {
      line.suppressed += 1;
      return undefined;
    }
    lines.set(subject, { passedAtMs: now(), suppressed: 0 });
    return line?.suppressed ?? 0;
  };
}
