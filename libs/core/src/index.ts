export * from './signals.ts';
export * from './state.ts';
export * from './definition-error.ts';
export * from './json-schema.ts';
export * from './plan.ts';
export * from './run.ts';
export { QUEUE_MS } from './patterns/task.ts';
export * from './summarize.ts';
export * from './auction.ts';
