import { onTestFinished, vi } from 'vitest';

/** Sets environment variables of this process until the test has finished. */
export function useEnvironment(environment: Record<string, string>): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}
