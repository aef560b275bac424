import { ClusterError } from './errors.ts';
import type { Run } from './exec.ts';
import { buildImage, referenceOf, SERVICES, type Image } from './images.ts';
import { createKind } from './kind.ts';
import type { Settings } from './options.ts';
import { createPlatform } from './platform.ts';
import { upgradeRelease } from './release.ts';

/** Says how a step gets on, in a line that replaces the one before. */
export type Report = (line: string) => void;

export interface Step {
  title: string;
  /** @returns why there was nothing to do, or what came of it */
  run: (report: Report) => Promise<Outcome>;
}

type Outcome = { skipped: string } | { done: string } | void;

/** Of a controller that is not Contour: else nothing answers, and nobody says why. */
const ADMIT_IT =
  'it is not Contour, so networkPolicy.ingressFrom must admit its namespace, or requests time out';

interface StepsOptions {
  run: Run;
  settings: Settings;
  isPortFree: (port: number) => Promise<boolean>;
  /** True once Relay answers at its URL. */
  answers: () => Promise<boolean>;
}

/** All that brings Relay up on a cluster, in order. */
export function upSteps(options: StepsOptions): Step[] {
  return [clusterStep(options), ...platformSteps(options), ...deploySteps(options)];
}

/** What a change of the code or the chart needs. */
export function deploySteps({ run, settings, answers }: StepsOptions): Step[] {
  const images: Image[] = [];
  const build = SERVICES.map((service): Step => ({
    title: `Image of ${service}`,
    async run(report) {
      const image = await buildImage(run, service, settings, report);
      images.push(image);
      return { done: referenceOf(image) };
    },
  }));
  const upgrade: Step = {
    title: 'Release relay',
    run: (report) => upgradeRelease({ run, settings, images, report }),
  };
  return [
    ...build,
    deliveryStep(run, settings, images),
    upgrade,
    ...answerSteps(settings, answers),
  ];
}

function clusterStep({ run, settings, isPortFree }: StepsOptions): Step {
  const { kindCluster, context } = settings;
  if (kindCluster === undefined) {
    return { title: 'Cluster', run: async () => ({ skipped: `${context} is not kind's` }) };
  }
  return {
    title: `Cluster ${kindCluster}`,
    async run(report) {
      const kind = createKind(run, kindCluster);
      if (!(await kind.exists())) {
        report('the first time, its image is downloaded');
        return kind.create(isPortFree);
      }
      await kind.start();
      return { skipped: 'it is there' };
    },
  };
}

function platformSteps({ run, settings }: StepsOptions): Step[] {
  const platform = createPlatform(run, settings);
  return [
    { title: 'Namespace relay', run: () => platform.applyNamespace() },
    {
      title: 'Ingress controller',
      async run() {
        const found = await platform.findIngressController();
        if (found?.isContour) return { skipped: `${found.name} is there` };
        if (found) return { skipped: `${found.name} is there; ${ADMIT_IT}` };
        assertOurs(settings, 'an ingress controller');
        await platform.installIngressController();
        return undefined;
      },
    },
    {
      title: 'Monitoring',
      async run(report) {
        const found = await platform.findPrometheusOperator();
        if (found) return { skipped: 'the Prometheus Operator is there' };
        assertOurs(settings, 'the Prometheus Operator');
        report('Prometheus, Alertmanager, Grafana: the first time, some minutes');
        await platform.installMonitoring();
        return undefined;
      },
    },
  ];
}

/** Brings the images to where the cluster finds them. */
function deliveryStep(run: Run, { kindCluster, registry }: Settings, images: Image[]): Step {
  if (kindCluster === undefined) {
    return {
      title: `Push to ${registry}`,
      async run(report) {
        for (const image of images) {
          report(referenceOf(image));
          await run('docker', ['push', '--quiet', referenceOf(image)]);
        }
      },
    };
  }
  return {
    title: 'Load into the nodes',
    async run() {
      const kind = createKind(run, kindCluster);
      const missing = await kind.missing(images);
      if (missing.length === 0) return { skipped: 'the nodes have both' };
      await kind.load(missing);
      return { done: missing.map(referenceOf).join(', ') };
    },
  };
}

/** Only for kind: of another cluster nobody here knows the address. */
function answerSteps({ kindCluster }: Settings, answers: () => Promise<boolean>): Step[] {
  if (kindCluster === undefined) return [];
  const check: Step = {
    title: 'Relay answers',
    async run() {
      if (await answers()) return;
      throw new ClusterError(
        'Everything is ready in the cluster, but http://localhost:5000/api/posts/health does not ' +
          'answer through the ingress.\nLook at the ingress controller, and at: ' +
          `kubectl --context kind-${kindCluster} --namespace relay describe ingress relay`,
      );
    },
  };
  return [check];
}

/** What changes a whole cluster is installed only in our own. */
function assertOurs({ kindCluster, context }: Settings, what: string): void {
  if (kindCluster !== undefined) return;
  throw new ClusterError(
    `The cluster ${context} has not got ${what}. Install it first: k8s/README.md says how.`,
  );
}
