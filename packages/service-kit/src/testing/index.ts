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
export { unobserved } from './unobserved.ts';
