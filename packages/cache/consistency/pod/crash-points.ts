import type { CrashAction, CrashPoint } from '../messages.ts';
import type { WriteContext } from './source.ts';

/** Places between two steps of a write at which the process can die, or be stopped, on command. */
export interface CrashPoints {
  /** The next write that passes this point ends the process there. */
  arm(point: CrashPoint, action: CrashAction): void;
  /** Never returns if the process dies here. */
  pass(point: CrashPoint, context?: WriteContext): Promise<void>;
}

/** @param lastWords sends the recorded operations before the process dies */
export function createCrashPoints(
  lastWords: (context: WriteContext | undefined) => Promise<void>,
): CrashPoints {
  let armed: { point: CrashPoint; action: CrashAction } | undefined;
  return {
    arm: (point, action) => void (armed = { point, action }),
    async pass(point, context) {
      if (armed?.point !== point) return;
      const { action } = armed;
      armed = undefined;
      if (action === 'SIGKILL') await lastWords(context);
      process.kill(process.pid, action);
      // SIGKILL takes effect at once; nothing may run in between.
      if (action === 'SIGKILL') await new Promise(() => {});
    },
  };
}
