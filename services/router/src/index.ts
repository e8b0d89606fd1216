export { readConfig } from './config.ts';
export { type RouterDependencies, startRouter } from './service.ts';
