import { setTimeout as sleep } from 'node:timers/promises';

import { eventually, findProgram, freePort } from '@relay/dev-servers';

import { findReadyPod } from './endpoints.ts';
import { ClusterError } from './errors.ts';
import { run as runProgram } from './exec.ts';
import { FORWARDED, keepForwarding, passwordHint } from './forward.ts';
import { createKind } from './kind.ts';
import { connectKubernetes } from './kubernetes.ts';
import { assertDeployable, readSettings, type Command } from './options.ts';
import { takeSteps } from './progress.ts';
import { describeStatus } from './status-text.ts';
import { readStatus } from './status.ts';
import { deploySteps, upSteps } from './steps.ts';
import { assertTools, type Tool } from './tools.ts';
import { openTunnel } from './tunnel.ts';
import { welcome } from './welcome.ts';

const HEALTH_URL = 'http://localhost:5000/api/posts/health';
const HEALTH_TIMEOUT_MS = 90_000;
const HEALTH_CALL_TIMEOUT_MS = 2000;
const LOOK_AGAIN_MS = 2000;

const say = (message: string) => console.log(message);
const settings = readSettings(process.env);
const { context, kindCluster } = settings;

const COMMANDS: Record<Command, () => Promise<void>> = {
  up: () => bringUp(upSteps),
  deploy: () => bringUp(deploySteps),
  async down() {
    if (kindCluster === undefined) throw new ClusterError(notOurs());
    await assertTools({ tools: ['docker', 'kind'], findProgram, run: runProgram });
    const kind = createKind(runProgram, kindCluster);
    const existed = await kind.exists();
    if (existed) await kind.delete();
    say(`The cluster ${kindCluster} ${existed ? 'is deleted' : 'is not there'}.`);
  },
  async status() {
    say(describeStatus(await readStatus(connectKubernetes(settings)), new Date()));
  },
  async forward() {
    const kubernetes = connectKubernetes(settings);
    const ended = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.abort());
    say(`Forwarding from ${context}; Ctrl-C ends it.\n\n${passwordHint(context)}\n`);
    const keeping = FORWARDED.map((forwarded) =>
      keepForwarding({
        forwarded,
        findTarget: () => findReadyPod(kubernetes, forwarded),
        open: (port, findTarget) => openTunnel({ port, findTarget, connect: kubernetes.connect }),
        say,
        tick: () => sleep(LOOK_AGAIN_MS, undefined, { signal: ended.signal }),
      }),
    );
    await Promise.allSettled(keeping);
  },
};

export const expectedErrors = [ClusterError];

export async function run(command: Command): Promise<void> {
  // The manifests, the chart and the Dockerfile are named from the root.
  process.chdir(`${import.meta.dirname}/../..`);
  await COMMANDS[command]();
}

async function bringUp(stepsOf: typeof upSteps): Promise<void> {
  assertDeployable(settings);
  const tools: Tool[] = ['docker', ...(kindCluster === undefined ? [] : ['kind' as const])];
  await assertTools({ tools: [...tools, 'kubectl', 'helm'], findProgram, run: runProgram });
  await takeSteps(stepsOf({ run: runProgram, settings, isPortFree, answers }));
  say(welcome(settings));
}

async function isPortFree(port: number): Promise<boolean> {
  return (await freePort(port)) === port;
}

/** True once Relay answers through the ingress of kind-config.yaml. */
function answers(): Promise<boolean> {
  return eventually(isHealthy, { timeoutMs: HEALTH_TIMEOUT_MS, intervalMs: 500 });
}

async function isHealthy(): Promise<boolean> {
  return fetch(HEALTH_URL, { signal: AbortSignal.timeout(HEALTH_CALL_TIMEOUT_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function notOurs(): string {
  return (
    `${context} is not a cluster of kind, and is left alone. Relay alone is taken away by:\n\n` +
    `  helm uninstall relay --kube-context ${context} --namespace relay`
  );
}
