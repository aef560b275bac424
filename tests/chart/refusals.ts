import { render, type HelmError } from './helm.ts';

/** Nested maps with the value at the end of the path, such as `externalRedis.host`. */
export function valuesWith(name: string, value: unknown): object {
  return name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

/** The message with which helm refuses values, or `none`. */
export async function refusalOf(values: object): Promise<string> {
  return render({ values }).then(
    () => 'none',
    ({ message }: HelmError) => message,
  );
}
