import type { Run } from '../kit/exec.ts';
import type { Settings } from './options.ts';

export const SERVICES = ['auth', 'post', 'web'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Image {
  service: ServiceName;
  repository: string;
  tag: string;
}

const DIGITS = 12;
/** The start of BuildKit's line for a step that may take long. */
const BUILD_STEP = /^#\d+ (?=\[[^\]]*\] (?:FROM|RUN) )/;

export function referenceOf({ repository, tag }: Image): string {
  return `${repository}:${tag}`;
}

/** A tag made of the image's content: an upgrade to the same content replaces no pod. */
export function tagOf(imageId: string): string {
  const hex = /^(?:sha256:)?([0-9a-f]{12,})$/.exec(imageId.trim())?.[1];
  if (!hex) throw new Error(`Not the id of an image: "${imageId}"`);
  return `dev-${hex.slice(0, DIGITS)}`;
}

/** Builds a service's image and tags it by its content. */
export async function buildImage(
  run: Run,
  service: ServiceName,
  { registry, dockerBuildFlags }: Pick<Settings, 'registry' | 'dockerBuildFlags'>,
  report: (line: string) => void,
): Promise<Image> {
  const repository = registry ? `${registry}/relay-${service}` : `relay-${service}`;
  const built = `${repository}:dev`;
  const args = ['build', '--build-arg', `SERVICE=${service}`, ...dockerBuildFlags];
  await run('docker', [...args, '--tag', built, '.'], {
    onLine: (line) => {
      if (BUILD_STEP.test(line)) report(line.replace(BUILD_STEP, ''));
    },
    // An attestation holds the time of the build, so each build would be a new image.
    environment: { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
  });
  const id = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', built]);
  const image = { service, repository, tag: tagOf(id) };
  await run('docker', ['tag', built, referenceOf(image)]);
  return image;
}

/** The flags that set the chart's images. */
export function imageValues(images: readonly Image[]): string[] {
  return images.flatMap(({ service, repository, tag }) => [
    '--set-string',
    `${service}.image.repository=${repository},${service}.image.tag=${tag}`,
  ]);
}
