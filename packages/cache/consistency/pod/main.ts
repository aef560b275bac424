import type { PodSettings, ToPod } from '../messages.ts';
import { createRandom } from '../random.ts';
import { openAcks } from './acks.ts';
import { buildCache } from './build.ts';
import { createCrashPoints } from './crash-points.ts';
import type { PodCache } from './pod-cache.ts';
import { createReporter } from './reporter.ts';
import { createWorkload, type Workload } from './workload.ts';

// One process of the service under test: a cache, readers and writers, controlled by the coordinator.

const MAX_LOAD_DELAY_MS = 40;

const reporter = createReporter();
const acks = await openAcks();
let cache: PodCache | undefined;
let workload: Workload | undefined;
let commitDelayMs = 0;

const crashPoints = createCrashPoints(async (context) => {
  workload?.abandon(context);
  await reporter.flush();
});

async function configure(settings: PodSettings): Promise<void> {
  const previous = cache;
  cache = undefined;
  await previous?.close();
  commitDelayMs = 0;
  const random = createRandom(settings.seed);
  cache = buildCache({
    settings,
    crashPoints,
    log: (text) => reporter.send({ type: 'log', text }),
    commitDelayMs: () => commitDelayMs,
    loadDelayMs: () => (random() < settings.slowLoads ? random() * MAX_LOAD_DELAY_MS : 0),
    onLoad(key, startedAt, completedAt) {
      if (settings.countLoads) reporter.send({ type: 'load', key, startedAt, completedAt });
    },
  });
  workload = createWorkload({ settings, cache, acks, reporter, random });
}

async function obey(message: ToPod): Promise<void> {
  switch (message.type) {
    case 'configure':
      return configure(message.settings);
    case 'peers':
      return acks.setPeers(message.ports);
    case 'start':
      return workload!.start(message.load);
    case 'stop':
      await workload!.stop();
      return reporter.flush();
    case 'sweep':
      await workload!.sweep();
      return reporter.flush();
    case 'write':
      return workload!.write();
    case 'arm':
      return crashPoints.arm(message.point, message.action);
    case 'slow-commits':
      commitDelayMs = message.ms;
      return undefined;
    case 'pause-outbox':
      return cache!.pauseOutbox(message.isPaused);
    default:
      return undefined;
  }
}

process.on('message', (message: ToPod) => {
  const { call } = message;
  obey(message).then(
    () => reporter.send({ type: 'done', call }),
    (error: unknown) => reporter.send({ type: 'done', call, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
reporter.send({ type: 'ready', ackPort: acks.port });
