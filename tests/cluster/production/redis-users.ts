import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const CHART_USERS = 'charts/relay/templates/redis/configmap.yaml';

/**
 * An ACL file with the users of both services, with the rights that the chart's own Redis gives them, and users for
 * replication and for Sentinel.
 */
export async function serviceUsers(
  passwords: Record<'auth' | 'post' | 'redis', string>,
): Promise<string> {
  const template = await readFile(CHART_USERS, 'utf8');
  const services = (['auth', 'post'] as const).map((name) => {
    const [, rights] = new RegExp(`^ *user ${name} on \\$\\(hashed ${name}\\) (.*)$`, 'm').exec(
      template,
    )!;
    return `user ${name} on #${digest(passwords[name])} ${rights}`;
  });
  const others = ['replication', 'sentinel'].map(
    (name) => `user ${name} on #${digest(passwords.redis)} ~* &* +@all`,
  );
  return ['user default off', ...services, ...others, ''].join('\n');
}

function digest(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
