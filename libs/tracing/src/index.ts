export { GenAi, GenAiOperation, Parley, spanName } from './attributes.ts';
export * from './tracing.ts';
