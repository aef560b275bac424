export {
  assertOpenApi,
  conformance,
  documentedCalls,
  routedCalls,
  type Conformance,
} from './openapi-conformance.ts';
