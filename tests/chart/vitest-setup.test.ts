import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import type { TestProject } from 'vitest/node';

import setUp from './vitest-setup.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

function fakeProject() {
  const warnings: string[] = [];
  // As vitest's own, it needs its `this`.
  const logger = {
    warnings,
    warn(message: string) {
      this.warnings.push(message);
    },
  };
  const provide = vi.fn<(key: string, value: unknown) => void>();
  const project = { provide, vitest: { logger } } as unknown as TestProject;
  return { project, warnings, provide };
}

it('reports missing programs, and skips the tests', async () => {
  vi.stubEnv('PATH', '/no/such/folder');
  vi.stubEnv('HELM', undefined);
  vi.stubEnv('CI', undefined);
  const { project, warnings, provide } = fakeProject();
  await setUp(project);
  expect(warnings).toEqual([
    expect.stringContaining('skipped: no helm and kubeconform on the PATH'),
  ]);
  expect(provide).toHaveBeenCalledWith('chartTools', null);
});

it('leaves only the tests by promtool out where there is no promtool', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'kubeconform'), '', { mode: 0o755 });
  vi.stubEnv('PATH', folder);
  vi.stubEnv('HELM', '/opt/helm3/helm');
  vi.stubEnv('CI', undefined);
  const { project, warnings, provide } = fakeProject();
  await setUp(project);
  expect(warnings).toEqual([expect.stringContaining('skipped: no promtool on the PATH')]);
  const kubeconform = path.join(folder, 'kubeconform');
  expect(provide).toHaveBeenCalledWith('chartTools', { helm: '/opt/helm3/helm', kubeconform });
  expect(provide).toHaveBeenCalledWith('promtool', null);
});

it('fails in CI where a program is missing, instead of skipping its tests', async () => {
  vi.stubEnv('PATH', '/no/such/folder');
  vi.stubEnv('HELM', '/opt/helm3/helm');
  vi.stubEnv('CI', 'true');
  await expect(setUp(fakeProject().project)).rejects.toThrow(
    'CI needs kubeconform and promtool on the PATH',
  );
});
