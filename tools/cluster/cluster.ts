import { setTimeout as sleep } from 'node:timers/promises';

import { findProgram, freePort } from '@relay/dev-servers';

import { UserError } from '../kit/cli.ts';
import { run as runProgram } from '../kit/exec.ts';
import { placeFlags } from '../kit/helm.ts';
import { connectKubernetes } from '../kit/kubernetes.ts';
import { NAMESPACE, RELEASE } from '../kit/names.ts';
import { forwardPort } from '../kit/port-forward.ts';
import { assertPrograms, type Program } from '../kit/programs.ts';
import { eventually } from '../kit/wait.ts';
import { findReadyPod } from './endpoints.ts';
import { FORWARDED, keepForwarding, passwordHint } from './forward.ts';
import { createKind } from './kind.ts';
import { assertDeployable, readSettings, type Command } from './options.ts';
import { runSteps } from './progress.ts';
import { describeStatus } from './status-text.ts';
import { readStatus } from './status.ts';
import { deploySteps, upSteps } from './steps.ts';
import { welcome } from './welcome.ts';

const HEALTH_URL = 'http://localhost:5000/api/posts/health';
const HEALTHY = { withinMs: 90_000, everyMs: 500 };
const HEALTH_CALL_TIMEOUT_MS = 2000;
const CHECK_EVERY_MS = 2000;

const print = (message: string) => console.log(message);
const settings = readSettings(process.env);
const { context, kindCluster, commandPrefix } = settings;

const COMMANDS: Record<Command, () => Promise<void>> = {
  up: () => deploy(upSteps),
  deploy: () => deploy(deploySteps),
  async down() {
    if (kindCluster === undefined) throw new UserError(notKind());
    await assertPrograms({ programs: ['docker', 'kind'], findProgram, run: runProgram });
    const kind = createKind(runProgram, kindCluster);
    const existed = await kind.exists();
    if (existed) await kind.delete();
    print(`The cluster ${kindCluster} ${existed ? 'is deleted' : 'does not exist'}.`);
  },
  async status() {
    const status = await readStatus(connectKubernetes(context), commandPrefix);
    print(describeStatus(status, new Date()));
  },
  async forward() {
    const kubernetes = connectKubernetes(context);
    const ended = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.abort());
    print(`Forwarding from ${context}; Ctrl-C ends it.\n\n${passwordHint(context)}\n`);
    const forwarding = FORWARDED.map((forwarded) =>
      keepForwarding({
        forwarded,
        findTarget: () => findReadyPod(kubernetes, forwarded),
        open: (port, findTarget) => forwardPort({ port, findTarget, connect: kubernetes.connect }),
        print,
        tick: () => sleep(CHECK_EVERY_MS, undefined, { signal: ended.signal }),
      }),
    );
    await Promise.allSettled(forwarding);
  },
};

export async function run(command: Command): Promise<void> {
  // The manifests, the chart and the Dockerfile are named from the root.
  process.chdir(`${import.meta.dirname}/../..`);
  await COMMANDS[command]();
}

async function deploy(stepsOf: typeof upSteps): Promise<void> {
  assertDeployable(settings);
  const ofKind: Program[] = kindCluster === undefined ? [] : ['kind'];
  const programs: Program[] = ['docker', ...ofKind, 'kubectl', 'helm'];
  await assertPrograms({ programs, findProgram, run: runProgram });
  await runSteps(stepsOf({ run: runProgram, settings, isPortFree, assertHealthy }));
  print(welcome(settings));
}

async function isPortFree(port: number): Promise<boolean> {
  return (await freePort(port)) === port;
}

/** Resolves once Relay answers through the ingress of kind-config.yaml. */
async function assertHealthy(): Promise<void> {
  await eventually(
    'Relay answers',
    async () => {
      const signal = AbortSignal.timeout(HEALTH_CALL_TIMEOUT_MS);
      const { ok, status } = await fetch(HEALTH_URL, { signal });
      if (!ok) throw new Error(`${HEALTH_URL} answers ${status}`);
    },
    HEALTHY,
  );
}

function notKind(): string {
  const flags = placeFlags({ context, namespace: NAMESPACE }).join(' ');
  return (
    `${context} is not a kind cluster, and is not deleted. To remove only Relay from it:\n\n` +
    `  helm uninstall ${RELEASE} ${flags}`
  );
}
