export { createScan, type Finding, type Scan, type ScanOptions, type ScanReport } from './scan.ts';
export type {
  FaultWindow,
  Operation,
  ReadOperation,
  WriteBegin,
  WriteOperation,
} from './history.ts';
export { createLoadCounter, type LoadCounter, type LoadReport } from './loads.ts';
export {
  createSampler,
  type Sampler,
  type SamplerOptions,
  type SamplerResult,
  type Verdict,
} from './sampler.ts';
