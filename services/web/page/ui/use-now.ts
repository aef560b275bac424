import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The time in milliseconds since the epoch, again after each interval. */
export function useNow(everyMs: number): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now.value;
}
