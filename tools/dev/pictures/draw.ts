import { glob, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { interpolate, type View } from '../../../grafana/src/interpolate.ts';
import { prometheusAt, type TimeRange } from '../../kit/prometheus.ts';
import type { Drawn } from './chart.ts';
import { findBrowser, screenshot } from './chromium.ts';
import type { PictureOptions } from './options.ts';
import { COLUMN_PX, heightOf, page } from './page.ts';
import { parseDashboard, type Dashboard, type Panel } from './panels.ts';
import { picture } from './picture.ts';

const DASHBOARDS = path.join(import.meta.dirname, '../../../charts/relay/dashboards');
const STEPS = 120;

/** Draws every dashboard, and reports each file. */
export async function run(options: PictureOptions): Promise<void> {
  const browser = await findBrowser(process.env['CHROME']);
  await mkdir(options.out, { recursive: true });
  const toMs = Date.now();
  const stepSeconds = Math.max(5, Math.round((options.minutes * 60) / STEPS));
  const range = { fromMs: toMs - options.minutes * 60_000, toMs, stepSeconds };
  for await (const file of glob('*.json', { cwd: DASHBOARDS })) {
    const dashboard = parseDashboard(await readFile(path.join(DASHBOARDS, file), 'utf8'));
    const target = path.join(options.out, `${dashboard.uid}.png`);
    await draw(dashboard, { ...options, range, browser, target });
    console.log(target);
  }
}

async function draw(
  { title, panels }: Dashboard,
  options: PictureOptions & { range: TimeRange; browser: string; target: string },
): Promise<void> {
  const shown = await Promise.all(
    panels.map(async (panel) => picture(panel, await seriesOf(panel, options), options.range)),
  );
  const size = { width: 24 * COLUMN_PX + 32, height: heightOf(shown) };
  await screenshot(options.browser, page(title, shown), size, options.target);
}

function seriesOf(
  { targets }: Panel,
  { prometheus, namespace, release, minutes, range }: PictureOptions & { range: TimeRange },
): Promise<Drawn[]> {
  const view: View = {
    variables: { cluster: '.*', namespace, release, service: 'auth|post' },
    rangeSeconds: minutes * 60,
    scrapeSeconds: 15,
    maxDataPoints: STEPS,
  };
  return Promise.all(
    targets.map(async ({ expr, legendFormat }) => ({
      legendFormat,
      series: await prometheusAt(prometheus).queryRange(interpolate(expr, view), range),
    })),
  );
}
