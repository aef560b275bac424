import { httpVariables, readConfig } from '@relay/service-kit/process/config';

export type WebConfig = ReturnType<typeof readWebConfig>;

/** @throws ConfigError that names each invalid variable */
export function readWebConfig(environment: NodeJS.ProcessEnv) {
  return readConfig(httpVariables, environment);
}
