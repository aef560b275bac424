export { accessTokenCases, type TokenCase } from './access-tokens.ts';
export { documentedInput } from './documented-input.ts';
export { startLossyProxy, type LossyProxy } from './lossy-proxy.ts';
export { planOf } from './plan.ts';
export { listenForTests } from './http.ts';
export { captureLog, type CapturedLog } from './log.ts';
export { documentedMetrics, exposedMetrics, scrape, seriesOf } from './metrics-table.ts';
export {
  assertOpenApi,
  conformance,
  documentedCalls,
  routedCalls,
  type Conformance,
} from './openapi-conformance.ts';
export {
  availabilityOf,
  NOWHERE,
  ODD_METHODS,
  sendOddMethods,
  type OddAnswer,
} from './odd-methods.ts';
export { rangesOf, type Range } from './ranges.ts';
export {
  findPgBouncer,
  loseSearchPath,
  serviceUrlOf,
  startPgBouncer,
  type PgBouncer,
} from './pgbouncer.ts';
export { unobserved } from './unobserved.ts';
