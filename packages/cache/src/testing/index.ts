export { createChaosStore, type ChaosStore } from './chaos-store.ts';
export { createIdleOutbox } from './idle-outbox.ts';
export { createLossyBus, createMemoryBus, type LossyBus } from './lossy-bus.ts';
export { recordEvents, type RecordedEvents } from './recorded-events.ts';
