export * from './port.ts';
export * from './errors.ts';
export * from './jetstream/connect.ts';
export type { BusLog } from './jetstream/link.ts';
