import { UserError } from '../kit/cli.ts';
import type { Run } from '../kit/exec.ts';
import { NAMESPACE } from '../kit/names.ts';
import { buildImage, referenceOf, SERVICES, type Image } from './images.ts';
import { createKind } from './kind.ts';
import type { Settings } from './options.ts';
import { createPlatform } from './platform.ts';
import { upgradeRelease } from './release.ts';

/** Shows the progress of a step in one line, which the next call replaces. */
export type Report = (line: string) => void;

export interface Step {
  title: string;
  /** @returns the reason for which it did nothing, or its result */
  run: (report: Report) => Promise<Outcome>;
}

type Outcome = { skipped: string } | { done: string } | void;

const ADMIT_IT =
  'it is not Contour, so networkPolicy.ingressFrom must admit its namespace, or requests time out';

interface StepsOptions {
  run: Run;
  settings: Settings;
  isPortFree: (port: number) => Promise<boolean>;
  /** Resolves once Relay answers at its URL. */
  assertHealthy: () => Promise<void>;
}

/** Every step from an empty machine to a deployed Relay, in order. */
export function upSteps(options: StepsOptions): Step[] {
  return [clusterStep(options), ...platformSteps(options), ...deploySteps(options)];
}

/** The steps after a change of the code or the chart. */
export function deploySteps({ run, settings, assertHealthy }: StepsOptions): Step[] {
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
    ...healthSteps(settings, assertHealthy),
  ];
}

function clusterStep({ run, settings, isPortFree }: StepsOptions): Step {
  const { kindCluster, context } = settings;
  if (kindCluster === undefined) {
    return { title: 'Cluster', run: async () => ({ skipped: `${context} is not a kind cluster` }) };
  }
  return {
    title: `Cluster ${kindCluster}`,
    async run(report) {
      const kind = createKind(run, kindCluster);
      if (!(await kind.exists())) {
        report('the first time, this downloads the image of a node');
        return kind.create(isPortFree);
      }
      await kind.start();
      return { skipped: 'it exists' };
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
        assertKind(settings, 'an ingress controller');
        await platform.installIngressController();
        return undefined;
      },
    },
    {
      title: 'Monitoring',
      async run(report) {
        const found = await platform.findPrometheusOperator();
        if (found) return { skipped: 'the Prometheus Operator is there' };
        assertKind(settings, 'the Prometheus Operator');
        report('Prometheus, Alertmanager, Grafana: the first time, some minutes');
        await platform.installMonitoring();
        return undefined;
      },
    },
  ];
}

/** Makes the images available to the cluster. */
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
      if (missing.length === 0) return { skipped: 'the nodes have them' };
      await kind.load(missing);
      return { done: missing.map(referenceOf).join(', ') };
    },
  };
}

/** Only for kind: the address of any other cluster is unknown. */
function healthSteps(
  { kindCluster, context }: Settings,
  assertHealthy: StepsOptions['assertHealthy'],
): Step[] {
  if (kindCluster === undefined) return [];
  const check: Step = {
    title: 'Relay answers',
    async run() {
      await assertHealthy().catch((cause: unknown) => {
        throw new UserError(
          'Every pod is ready, but http://localhost:5000/api/posts/health does not ' +
            'answer through the ingress.\nCheck the ingress controller, and: ' +
            `kubectl --context ${context} --namespace ${NAMESPACE} describe ingress relay`,
          { cause },
        );
      });
    },
  };
  return [check];
}

/** Cluster-wide components are installed only in a kind cluster. */
function assertKind({ kindCluster, context }: Settings, what: string): void {
  if (kindCluster !== undefined) return;
  throw new UserError(
    `The cluster ${context} does not have ${what}. Install it first, as k8s/README.md describes.`,
  );
}
