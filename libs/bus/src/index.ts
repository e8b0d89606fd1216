export * from './port.ts';
export * from './errors.ts';
export * from './outgoing.ts';
export * from './dead-letter.ts';
export * from './settle.ts';
export * from './blobs.ts';
export { backoffMs } from './backoff.ts';
export * from './jetstream/connect.ts';
export type { BusLog } from './jetstream/link.ts';
